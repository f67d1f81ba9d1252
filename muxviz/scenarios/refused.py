"""A non-blocking connect that fails: the answer comes as room to send."""

from muxviz.scenarios.model import Scenario, Specimen

SCENARIO = Scenario(
    name="refused",
    title="clients that connect in vain at first",
    group="Endings",
    summary="a non-blocking connect that fails",
    story="These programs are clients. Each begins to connect to an address where nobody listens, and waits to hear "
    "how that ended; then it tries another address, where somebody does.",
    question="Which list of select names a connect that was refused?",
    watch="what is reported: IN OUT ERR HUP, but R and W from select, never X. SO_ERROR tells why.",
    lanes=(
        Specimen("select", "select", "connect_select.py", mechanism="select"),
        Specimen("poll", "poll", "connect_poll.py", mechanism="poll"),
        Specimen("level", "epoll level", "connect_epoll.py", mechanism="level"),
        Specimen("edge", "epoll edge", "connect_epoll.py", ("--edge",), "edge"),
    ),
    fixes=(),
    beats=(),
    follow="fd 5",
    side="OUT",
)
