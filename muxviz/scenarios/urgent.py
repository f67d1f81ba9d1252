"""Urgent data: what poll calls PRI and select an exceptional condition, and a byte that FIONREAD does not count."""

from muxviz.scenarios.model import Fix, Scenario, Specimen, connect, urgent

SCENARIO = Scenario(
    name="urgent",
    title="urgent data is asked about, never read",
    group="Endings",
    summary="PRI, and the third list of select",
    story="A client sends 3 bytes with MSG_OOB: the last of them is urgent. The servers ask to hear of urgent data "
    "(PRI, the third list of select), but they read the plain bytes alone.",
    question="Three bytes were sent. How many can be read, and who goes on reporting?",
    watch="unread: 2 of 3, the urgent byte is not counted. Then PRI, or X, with nothing unread: a level that spins.",
    lanes=(
        Specimen("select", "select", "urgent_select.py", mechanism="select"),
        Specimen("poll", "poll", "urgent_poll.py", mechanism="poll"),
        Specimen("level", "epoll level", "urgent_epoll.py", mechanism="level"),
        Specimen("edge", "epoll edge", "urgent_epoll.py", ("--edge",), "edge"),
    ),
    fixes=(Fix("oob", "recv with MSG_OOB", ("--oob",)),),
    patience=7,
    shows=("level-ignored",),
    beats=(
        connect("A"),
        urgent("A", b"ab!", "A sends 3, one urgent"),
    ),
)
