"""In which order ready fds are reported: arrival or registration, and what maxevents makes of it."""

from muxviz.scenarios.model import Scenario, Specimen, busy, connect, send

SCENARIO = Scenario(
    name="order",
    title="C sends first, A last, nobody looks yet",
    group="Start here",
    summary="arrival, registration; one at a time",
    story="Three clients connect: A, B, C. While the servers are busy each sends 8 bytes, C first and A last. The "
    "servers read 4 bytes for each report. The fourth takes one event from each wait (maxevents 1).",
    question="Whose bytes are read first?",
    watch="the calls: select and poll report A B C, as they were given. epoll reports C B A, as they came, in turns.",
    lanes=(
        Specimen("select", "select", "select_echo.py", mechanism="select"),
        Specimen("poll", "poll", "poll_echo.py", mechanism="poll"),
        Specimen("level", "epoll level", "epoll_echo.py", mechanism="level"),
        Specimen("one", "level, maxevents 1", "turns_epoll.py", ("--maxevents", "1"), "level"),
    ),
    server_options=("--recv-size", "4"),
    fixes=(),
    beats=(
        connect("A"),
        connect("B"),
        connect("C"),
        busy("C, then B, then A send", send("C", b"from C 8"), send("B", b"from B 8"), send("A", b"from A 8")),
    ),
)
