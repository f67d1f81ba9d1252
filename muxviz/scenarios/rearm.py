"""What makes an edge-triggered epoll speak again of data that it has reported: new data, or epoll_ctl(MOD)."""

from muxviz.scenarios.model import Scenario, Specimen, connect, send

SCENARIO = Scenario(
    name="rearm",
    title="three edge-triggered servers read 4 bytes per report",
    group="Edge-triggered",
    summary="MOD asks anew; who else does, unaware",
    story="A client sends 12 bytes, then 4, then 4 more. Three edge-triggered servers read 4 at a time and none reads "
    "until EAGAIN. One asks anew after each read, by epoll_ctl(MOD) with the mask it has already. One sends its "
    "replies through a queue, and so changes its mask all the time.",
    question="Which of the three ever catches up?",
    watch="a MOD that finds unread data makes a report of its own. edge is reported new data only: always 8 behind.",
    server_options=("--recv-size", "4"),
    lanes=(
        Specimen("edge", "edge", "epoll_echo.py", ("--edge",), "edge"),
        Specimen("mod", "edge, then MOD", "epoll_echo.py", ("--edge", "--rearm"), "edge"),
        Specimen("queue", "edge, queueing", "epoll_echo.py", ("--edge", "--queue"), "edge"),
        Specimen("level", "epoll level", "epoll_echo.py", (), "level"),
    ),
    shows=("stranded-data",),
    beats=(
        connect("A"),
        send("A", b"hello, world"),
        send("A", b"more", label="A sends 4 more"),
        send("A", b"last", label="A sends 4 again"),
    ),
)
