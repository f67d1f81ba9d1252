"""Data before the fd is registered: epoll_ctl looks at the fd at once, so its edge is not lost."""

from muxviz.scenarios.model import Scenario, busy, connect, read, send

SCENARIO = Scenario(
    name="late-registration",
    title="the data is there before the server knows the client",
    group="Start here",
    summary="data comes before epoll knows the fd",
    story="While the servers are busy a client connects and sends 12 bytes. Only then do they accept and register it.",
    question="The data came before epoll knew the fd. Is its edge lost?",
    watch="the wire is high when the fd appears, before epoll_ctl ADD; the next wait reports it in every lane.",
    beats=(
        busy("A connects and sends 12", connect("A"), send("A", b"hello, world")),
        read("A", 4096, expect=b"hello, world"),
        send("A", b"more", label="A sends 4 more"),
    ),
)
