"""OUT asked for when there is nothing to send: a socket is nearly always writable, so a level wait never sleeps."""

from muxviz.scenarios.model import Fix, Scenario, connect, send

SCENARIO = Scenario(
    name="always-writable",
    title="every server asks for OUT all the time",
    group="Writing",
    summary="OUT is asked for all the time: a spin",
    story="Each server asks for OUT on its client's socket from the start and never stops, though nothing waits to be "
    "sent.",
    question="The client is silent. What do the servers do?",
    watch="the counter under a lane: wakeups for nothing. The OUT wire is high all the time; only edge sleeps.",
    server_options=("--always-out",),
    fixes=(Fix("drop", "ask for OUT if needed", (), without=("--always-out",)),),
    patience=12,
    side="OUT",
    shows=("writable-spin",),
    beats=(
        connect("A"),
        send("A", b"hello, world"),
    ),
)
