"""Datagrams: a queue of messages, of which one call takes one, whole or cut."""

from muxviz.scenarios.model import Fix, Scenario, Specimen, busy, datagram, read, send

SCENARIO = Scenario(
    name="udp",
    title="one recvfrom for each report, 16 bytes at most",
    group="Limits and cost",
    summary="datagrams: one of two is left behind",
    story="A client sends datagrams: two while the servers are busy, an empty one, one that is too long. Each server "
    "receives one datagram for each report, with a buffer of 16 bytes.",
    question="Two datagrams, one report: who receives the second?",
    watch="FIONREAD tells the size of the next datagram, not of all. The edge lane sleeps on a whole one and stays one "
    "behind. An empty datagram is readable with 0 bytes; of a long one the rest is gone.",
    lanes=(
        Specimen("select", "select", "udp_select.py", mechanism="select"),
        Specimen("poll", "poll", "udp_poll.py", mechanism="poll"),
        Specimen("level", "epoll level", "udp_epoll.py", mechanism="level"),
        Specimen("edge", "epoll edge", "udp_epoll.py", ("--edge",), "edge"),
    ),
    server_options=("--recv-size", "16"),
    fixes=(Fix("drain", "receive until EAGAIN", ("--drain",)),),
    follow="fd 3",
    shows=("stranded-data",),
    beats=(
        datagram("A"),
        send("A", b"one"),
        busy("A sends two datagrams", send("A", b"two"), send("A", b"three")),
        send("A", b"", label="A sends an empty one"),
        send("A", b"twenty-four bytes, whole", label="A sends 24 bytes"),
        read("A", 4096, expect=b"one"),
    ),
)
