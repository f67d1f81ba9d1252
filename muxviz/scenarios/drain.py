"""Edge-triggered, done right: read, and accept, until EAGAIN. One report for each arrival, and nothing is left."""

from muxviz.scenarios.model import Fix, Scenario, busy, connect, send

ONCE = Fix("once", "read once per report", (), without=("--drain",))

SCENARIO = Scenario(
    name="drain",
    title="every server reads 4 bytes at a time, until EAGAIN",
    group="Edge-triggered",
    summary="edge done right: read until EAGAIN",
    story="The same 12 bytes as in partial-read, and the same reads of 4. But now every server goes on, with recv and "
    "with accept, until the kernel says EAGAIN: its queue is empty.",
    question="What does an edge-triggered server need to be as right as the others, and what does it cost?",
    watch="one report for each arrival in every lane, and a last recv that fails with EAGAIN before each wait.",
    server_options=("--recv-size", "4", "--drain"),
    fixes=(ONCE,),
    beats=(
        connect("A"),
        send("A", b"hello, world"),
        send("A", b"more", label="A sends 4 more"),
        busy("B, C connect at once", connect("B"), connect("C")),
    ),
)
