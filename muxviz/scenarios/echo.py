"""Ten clients, three messages each, through the queue: the textbook server at work, and all four agree."""

from muxviz.scenarios.model import Beat, Scenario, close, connect, read, send

CLIENTS = "ABCDEFGHIJ"
MESSAGES = (b"This is the message. ", b"It will be sent ", b"in parts.")


def _exchange(client: str, message: bytes) -> tuple[Beat, Beat]:
    return send(client, message), read(client, 4096, expect=message)


SCENARIO = Scenario(
    name="echo",
    title="ten clients, three messages each, every reply queued",
    group="Start here",
    summary="ten clients, and all four agree",
    story="Ten clients send three messages each. The servers put every reply into a queue and ask to hear when "
    "they can write (the textbook's way), send it then, and stop asking.",
    question="How many waits does one reply take?",
    watch="what a server asks: OUT appears while its queue holds something, and goes when it is empty.",
    server_options=("--queue",),
    beats=(
        *(connect(client) for client in CLIENTS),
        *(beat for message in MESSAGES for client in CLIENTS for beat in _exchange(client, message)),
        *(close(client) for client in CLIENTS),
    ),
)
