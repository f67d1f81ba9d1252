"""Read 4 of 12 bytes, then wait again: the difference between level and edge in one picture."""

from muxviz.scenarios.model import Scenario, connect, send

SCENARIO = Scenario(
    name="partial-read",
    title="each server reads at most 4 bytes per report",
    group="Start here",
    summary="reads 4 of 12 bytes, then waits again",
    story="A client sends 12 bytes. Each server reads at most 4 per report, echoes them, and waits again.",
    question="Who hears of the 8 bytes that are left?",
    watch="the wire: high while bytes are unread. ● reported by a level wait, ▲ reported once by an edge, ╍ asleep.",
    server_options=("--recv-size", "4"),
    shows=("stranded-data",),
    beats=(
        connect("A"),
        send("A", b"hello, world"),
        send("A", b"more", label="A sends 4 more"),
    ),
)
