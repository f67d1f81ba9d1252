"""A client that aborts: who is told what, and which call takes the error."""

from muxviz.scenarios.model import Scenario, connect, read, reset, send

SCENARIO = Scenario(
    name="reset",
    title="one client ends with a reset while another talks on",
    group="Endings",
    summary="RST: IN, ERR and HUP at once",
    story="Two clients connect. One aborts its connection with a reset, the other goes on as if nothing had happened.",
    question="What is a server told of a reset, and what does select leave out?",
    watch="the flags: IN ERR HUP for poll and epoll, just R for select. recv takes the error: ECONNRESET.",
    beats=(
        connect("A"),
        connect("B"),
        send("A", b"hello, world"),
        reset("A"),
        send("B", b"still here"),
        read("B", 4096, expect=b"still here"),
    ),
)
