"""What a person asked for beside a program of his own and its clients."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple


class RunOptions(NamedTuple):
    """The options of `muxviz run`."""

    record: Path | None = None
    """The file that is made of the session."""
    queues: str = "message_queues"
    """Name of the program's own queues of outgoing messages."""
    watch: tuple[str, ...] = ()
    """Names of its mappings whose sizes are shown."""
    payload: int = 0
    """Bytes of what each call moves that are recorded."""
    port: int | None = None
    """Where clients go, where it listens on several."""

    def lab(self) -> dict[str, Any]:
        """As the lab's options."""
        return {"queue_name": self.queues, "watch": self.watch, "payload": self.payload, "port": self.port}
