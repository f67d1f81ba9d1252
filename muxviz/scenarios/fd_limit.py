"""select and the number 1024: the value of an fd counts, and not how many there are."""

from muxviz.scenarios.model import Fix, Scenario, Specimen, connect, send

SCENARIO = Scenario(
    name="fd-limit",
    title="a thousand other files are open",
    group="Limits and cost",
    summary="select ends at fd 1024",
    story="Each server has a thousand files open and watches none of them. Three clients connect: their fds are "
    "1022, 1023 and 1024.",
    question="select watches four fds at most here. Which of them is one too many?",
    watch="fd 1024: its bit lies beyond select's bitmap of 1024. The value counts. poll and epoll go on.",
    lanes=(
        Specimen("select", "select", "limit_select.py", mechanism="select"),
        Specimen("poll", "poll", "limit_poll.py", mechanism="poll"),
        Specimen("level", "epoll level", "limit_epoll.py", mechanism="level"),
        Specimen("edge", "epoll edge", "limit_epoll.py", ("--edge",), "edge"),
    ),
    own_programs=True,
    fixes=(Fix("close-files", "with low numbers", ("--first-fd", "0")),),
    beats=(
        connect("A"),
        connect("B"),
        send("B", b"hello"),
        connect("C"),
        send("C", b"hello"),
    ),
)
