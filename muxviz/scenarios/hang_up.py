"""Half-close, close, and a reply that nobody takes: when a server is told RDHUP, and when HUP."""

from msgspec.structs import replace

from muxviz.scenarios.model import FOUR, Fix, Scenario, busy, close, connect, half_close, send

SELECT, *OTHERS = FOUR

SCENARIO = Scenario(
    name="hang-up",
    title="at the end, the servers shut down their side too",
    group="Endings",
    summary="close and half-close look the same",
    story="A shuts down its sending side, B closes, and C sends 12 bytes and closes at once, so that the reply finds "
    "nobody. Each server asks for RDHUP, answers the end of a stream with shutdown(SHUT_WR), and closes when it is "
    "told once more.",
    question="Which of the three is a hang-up, HUP?",
    watch="A and B give the same: IN RDHUP. HUP comes when both directions are shut, with ERR where a RST did it.",
    server_options=("--at-end", "shutdown"),
    lanes=(SELECT, *(replace(lane, options=(*lane.options, "--rdhup")) for lane in OTHERS)),
    fixes=(Fix("close", "close at once", (), without=("--at-end",)),),
    beats=(
        connect("A"),
        half_close("A"),
        connect("B"),
        close("B"),
        connect("C"),
        busy("C sends 12 and closes", send("C", b"hello, world"), close("C")),
    ),
)
