"""A client that will send no more, and still reads: the level that stays high until the server closes."""

from muxviz.scenarios.form import Scenario, close, connect, half_close, read, send

SCENARIO = Scenario(
    name="half-close",
    title="the client ends its side and still reads the other",
    group="Endings",
    summary="the client sends no more, but reads on",
    story="A client sends 12 bytes and shuts down its sending side. It still reads what the server owes it.",
    question="Is a half-close a hang-up?",
    watch="what is reported at the end of the stream: IN, no HUP. The recv that follows returns 0 bytes.",
    beats=(
        connect("A"),
        send("A", b"hello, world"),
        half_close("A"),
        read("A", 4096, expect=b"hello, world"),
        read("A", 4096, expect=b"", label="A reads to the end"),
        close("A"),
    ),
)
