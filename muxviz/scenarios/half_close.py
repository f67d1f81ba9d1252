"""A client that will send no more, and still reads: the level that stays high until the server closes."""

from msgspec.structs import replace

from muxviz.scenarios.model import FOUR, Fix, Scenario, connect, half_close, read, send

SELECT, *OTHERS = FOUR

SCENARIO = Scenario(
    name="half-close",
    title="the servers keep a client that will send no more",
    group="Endings",
    summary="the end of a stream stays readable",
    story="A client sends 12 bytes and shuts down its sending side. It still reads. Each server asks for RDHUP too "
    "(select has no word for it), reads the end of the stream, and neither closes nor stops asking.",
    question="The server has read to the end. Is there anything left to report?",
    watch="recv returns 0 bytes and the wire stays high: the end is not used up by reading it. No HUP: A still reads.",
    server_options=("--at-end", "stay"),
    lanes=(SELECT, *(replace(lane, options=(*lane.options, "--rdhup")) for lane in OTHERS)),
    fixes=(Fix("close", "close at the end", (), without=("--at-end",)),),
    patience=8,
    shows=("end-spin",),
    beats=(
        connect("A"),
        send("A", b"hello, world"),
        half_close("A"),
        read("A", 4096, expect=b"hello, world"),
    ),
)
