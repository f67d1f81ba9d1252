"""Writes a recording as it happens.

Lines gather in memory and go to the kernel half a second later at the latest, by a thread of their own, so that SIGKILL
costs no more of them than that, also where nothing happens after them. (What a lane's ring still holds is lost too: at
most its size, a mebibyte.) What fails (a full disk) ends the recording and nothing
else: what is in the file stays as it is.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import zlib
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from muxviz.events import encode
from muxviz.portable import PLAIN
from muxviz.recording.errors import LINE_LIMIT, RecordingError
from muxviz.recording.index_format import BLOCK, Ending, IndexLine, end_line
from muxviz.trace import Trace
from muxviz.trace.array_codec import pack

_FLUSH_SECONDS: Final = 0.4
_BUFFER: Final = 1 << 18


class _Coat(Protocol):
    """How bytes are wrapped before they go into the file."""

    def compress(self, data: bytes) -> bytes: ...

    def settle(self) -> bytes:
        """Everything so far, so that what is in the file can be read."""

    def finish(self) -> bytes: ...


class _Plain:
    def compress(self, data: bytes) -> bytes:
        return data

    def settle(self) -> bytes:
        return b""

    finish = settle


class _Gzip(_Plain):
    def __init__(self) -> None:
        self._inner = zlib.compressobj(6, zlib.DEFLATED, 31)

    def compress(self, data: bytes) -> bytes:
        return self._inner.compress(data)

    def settle(self) -> bytes:
        return self._inner.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._inner.flush()


class _Zstandard(_Plain):
    def __init__(self) -> None:
        import zstandard

        self._inner, self._block = zstandard.ZstdCompressor().compressobj(), zstandard.COMPRESSOBJ_FLUSH_BLOCK

    def compress(self, data: bytes) -> bytes:
        return self._inner.compress(data)

    def settle(self) -> bytes:
        return self._inner.flush(self._block)

    def finish(self) -> bytes:
        return self._inner.flush()


_COATS: Final[dict[str, type[_Plain]]] = {".gz": _Gzip, ".zst": _Zstandard}
"""By the file's ending; anything else is written plain."""


def _start_deaf(thread: threading.Thread) -> None:
    """Start a thread that no signal of the process is delivered to: the main thread may wait for them."""
    if not hasattr(signal, "pthread_sigmask"):
        thread.start()
        return
    kept = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        thread.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, kept)


class Recorder:
    """A recording under way. What `write` was given is in the file after half a second, whatever kills us."""

    def __init__(self, path: Path, trace: Trace, told: Callable[[str], None] | None = None) -> None:
        """Make the file, readable by its owner alone. Raises RecordingError where it exists or can't be made, or has no
        room for its first line. `told` hears of a failure when it happens, from whichever thread meets it."""
        self.path = path
        self.failed: str | None = None
        """Why writing stopped, where it did (a full disk); what is in the file stays."""
        self._trace = trace
        self._told = told
        self._coat: _Coat = _COATS.get(path.suffix, _Plain)()
        self._count = 0
        self._offset = self._crc = 0
        self._blocks, self._frames, self._framed = array("Q"), array("Q"), array("I")
        self._pending = bytearray()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        try:
            self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | PLAIN, 0o600)
        except FileExistsError:
            raise RecordingError(f"{path} exists: choose another name, or remove it first") from None
        except (OSError, ValueError) as error:
            raise RecordingError(f"can't record to {path}: {getattr(error, 'strerror', error)}") from None
        self._flusher = threading.Thread(target=self._keep_flushing, name="recorder", daemon=True)
        try:
            self._begin()
            _start_deaf(self._flusher)
        except BaseException:  # no room for a line, or for a thread; or a signal ends us
            self._ended.set()
            os.close(self._handle)
            with contextlib.suppress(OSError):
                path.unlink()
            raise

    def _begin(self) -> None:
        self._put(encode(self._trace.header))
        told, self._told = self._told, None  # nothing has begun yet: it is raised
        self._flush()
        self._told = told
        if self.failed is not None:
            raise RecordingError(self.failed)

    def write(self, line: bytes) -> None:
        """Add the line of the next event, which is in the trace already. After a failure lines are no longer written,
        and `failed` says why."""
        if self.failed is not None:
            return
        with self._lock:
            try:
                self._add(line)
            except MemoryError:
                self._fail("out of memory")

    def _add(self, line: bytes) -> None:
        n = self._count
        self._count += 1
        if n % BLOCK == 0:
            self._blocks.append(self._offset)
        self._put(line)
        frame = self._trace.frame_line(n)
        if frame is not None and len(frame) < LINE_LIMIT:
            self._framed.append(n)
            self._frames.append(self._offset)
            self._put(frame)
        if len(self._pending) > _BUFFER:
            self._flush()

    def annotate(self, line: bytes) -> None:
        """Add a line that is no event: a marker."""
        if self.failed is None:
            with self._lock:
                self._put(line)

    def catch_up(self) -> None:
        """Write what the trace has already."""
        for n in range(self._count, len(self._trace)):
            self.write(self._trace.line(n))
        for n, text in self._trace.marks():
            self.annotate(self._trace.mark(n, text))

    def flush(self) -> None:
        """Hand everything to the kernel."""
        with self._lock:
            self._flush()

    def stop(self, reason: str) -> None:
        """Record no more, though the program goes on. The file has no end then: it reads as cut short."""
        self.flush()
        self._fail(reason)

    def close(self) -> None:
        """Finish the file: its index, and its end. Safe to call twice."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._flusher.join()
        self.flush()
        self._look_for_room()
        self._blocks.append(self._offset)
        place = self._offset
        if self.failed is None:
            self._put(encode(IndexLine(self._ending())))
            self._put(end_line(place))
            self._flush()
        try:
            if self.failed is None:
                self._write_out(self._coat.finish())
            os.close(self._handle)
        except OSError as error:
            self._fail(error.strerror)

    def _ending(self) -> Ending:
        trace = self._trace
        return Ending(
            count=self._count, crc=self._crc, blocks=pack(self._blocks), framed=pack(self._framed),
            frames=pack(self._frames), lanes=trace.lanes, index=trace.index.form(), extent=trace.extent.form(),
            now=trace.now, marks=dict(trace.marks()), findings=trace.findings.form(pack),
        )  # fmt: skip

    def _put(self, line: bytes) -> None:
        self._pending += line
        self._pending += b"\n"
        self._offset += len(line) + 1

    def _keep_flushing(self) -> None:
        while not self._ended.wait(_FLUSH_SECONDS):
            with self._lock:
                self._flush()
                self._look_for_room()

    def _look_for_room(self) -> None:
        """Nothing comes any more where the trace is full: the file is cut short there."""
        if self._trace.full is not None:
            self._fail(self._trace.full)

    def _flush(self) -> None:
        if self.failed is not None or not self._pending:
            return
        data, self._pending = bytes(self._pending), bytearray()
        self._crc = zlib.crc32(data, self._crc)
        try:
            self._write_out(self._coat.compress(data) + self._coat.settle())
        except OSError as error:
            self._fail(error.strerror)

    def _write_out(self, data: bytes) -> None:
        done = 0
        while done < len(data):
            done += os.write(self._handle, data[done:])

    def _fail(self, reason: str | None) -> None:
        if self.failed is None:
            self.failed = f"recording to {self.path} stopped: {reason}"
            if self._told is not None:
                self._told(self.failed)
