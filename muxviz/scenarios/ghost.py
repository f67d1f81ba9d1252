"""Closed, but a dup lives: epoll goes on reporting a number that no longer exists."""

from muxviz.scenarios.closed_fd import CARELESS, UNREGISTER
from muxviz.scenarios.model import Fix, Scenario, connect, send

SCENARIO = Scenario(
    name="ghost",
    title="a dup outlives each closed fd",
    group="Endings",
    summary="closed, but a dup lives: reported",
    story="Each server keeps a dup of every connection, as a child process or a log might. A client says bye, the "
    "server closes its fd, and the client sends on.",
    question="Who watches a number, and who watches the connection behind it?",
    watch="epoll reports the old number, which can't be unregistered (EBADF). select and poll look the number up.",
    lanes=CARELESS,
    server_options=("--copy",),
    fixes=(Fix("close-copy", "close the dup as well", ("--close-copy",)), UNREGISTER),
    patience=8,
    shows=("level-ignored", "ghost-fd"),
    beats=(
        connect("A"),
        send("A", b"bye", label="A says bye"),
        send("A", b"more", label="A sends 4 bytes"),
    ),
)
