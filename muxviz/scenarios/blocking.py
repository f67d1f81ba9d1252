"""One blocking read stops everyone; and reading without waiting burns the processor."""

from muxviz.scenarios.model import Fix, Scenario, Specimen, connect, send

SCENARIO = Scenario(
    name="blocking",
    title="A sends half a message, B a whole one",
    group="Limits and cost",
    summary="one blocking read stops everyone",
    story="Messages are 10 bytes long. A sends 5 bytes of one and takes a pause; B sends a whole one. One server "
    "reads until the message is complete, one never waits for anything, one reads what is there and waits in poll.",
    question="Who answers B while A takes its pause?",
    watch="asleep in recv: nobody but A can end that. The server that never waits makes call after call for EAGAIN.",
    lanes=(
        Specimen("whole", "blocking recv", "message_poll.py"),
        Specimen("spin", "no multiplexer", "nonblocking_echo.py"),
        Specimen("parts", "poll, no blocking", "message_poll.py", ("--ready",), "poll"),
    ),
    fixes=(Fix("ready", "read what poll reports", ("--ready",)),),
    patience=8,
    shows=("blocking-io",),
    beats=(
        connect("A"),
        connect("B"),
        send("A", b"hello", label="A sends 5 of 10 bytes"),
        send("B", b"0123456789", label="B sends all 10 bytes"),
        send("A", b"world", label="A sends the rest"),
    ),
    follow="B",
)
