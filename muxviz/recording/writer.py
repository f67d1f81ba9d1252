"""Writes a recording as it happens."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from muxviz.events import Header, encode
from muxviz.recording.reader import RecordingError

_FLUSH_SECONDS: Final = 0.5
_BUFFER: Final = 1 << 20


class Recorder:
    """A recording under way. What was written is in the file after half a second at the latest, whatever kills us."""

    def __init__(self, path: Path, header: Header) -> None:
        """Make the file, readable by its owner alone. Raises RecordingError where it exists or can't be made."""
        self.path = path
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            raise RecordingError(f"{path} exists: choose another name, or remove it first") from None
        except OSError as error:
            raise RecordingError(f"can't record to {path}: {error.strerror}") from None
        self._file = os.fdopen(handle, "wb", buffering=_BUFFER)
        self._flushed = time.monotonic()
        self.failed: str | None = None
        """Why writing stopped, where it did (a full disk); what is in the file stays."""
        self.write(encode(header))
        self.flush()

    def write(self, line: bytes) -> None:
        """Add one line. After a failure lines are no longer written, and `failed` says why."""
        if self.failed is not None:
            return
        try:
            self._file.write(line + b"\n")
            now = time.monotonic()
            if now - self._flushed > _FLUSH_SECONDS:
                self._flushed = now
                self._file.flush()
        except OSError as error:
            self.failed = f"recording to {self.path} stopped: {error.strerror}"

    def flush(self) -> None:
        """Hand everything to the kernel."""
        if self.failed is None:
            try:
                self._file.flush()
            except OSError as error:
                self.failed = f"recording to {self.path} stopped: {error.strerror}"

    def close(self) -> None:
        """Finish the file."""
        self.flush()
        try:
            self._file.close()
        except OSError as error:
            self.failed = self.failed or f"recording to {self.path} stopped: {error.strerror}"
