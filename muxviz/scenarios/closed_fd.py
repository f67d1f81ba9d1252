"""A watched number is closed: select fails, poll says so at every wait, epoll has forgotten it."""

from muxviz.scenarios.model import Fix, Scenario, Specimen, close, connect, read, send

CARELESS = (
    Specimen("select", "select", "careless_select.py", mechanism="select"),
    Specimen("poll", "poll", "careless_poll.py", mechanism="poll"),
    Specimen("level", "epoll level", "careless_epoll.py", mechanism="level"),
    Specimen("edge", "epoll edge", "careless_epoll.py", ("--edge",), "edge"),
)
UNREGISTER = Fix("unregister", "forget, then close", ("--unregister",))

SCENARIO = Scenario(
    name="closed-fd",
    title="a watched fd is closed",
    group="Endings",
    summary="EBADF, NVAL, and a silent epoll",
    story="A client closes. Each server closes its side too, but leaves the number in what it asks about. Then "
    "another client comes, and its connection gets the same number.",
    question="What does each say about a number that is closed?",
    watch="select ends with EBADF. poll reports NVAL at every wait, until the number is used again. epoll sleeps.",
    lanes=CARELESS,
    fixes=(UNREGISTER,),
    patience=8,
    shows=("level-ignored",),
    beats=(
        connect("A"),
        send("A", b"hello"),
        read("A", 4096, expect=b"hello"),
        close("A"),
        connect("B"),
        send("B", b"hello"),
    ),
)
