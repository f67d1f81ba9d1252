"""A recording's bytes: a plain file as it is, a compressed one unpacked into an unnamed temporary file.

What a file is, its first bytes tell and not its name. Nothing is trusted: a pipe could block for ever, and a small
file could unpack to any size.
"""

from __future__ import annotations

import os
import stat
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final

from muxviz.recording.problem import RecordingError

_CHUNK: Final = 1 << 20
_MOST_EXPANSION: Final = 400
"""JSON lines shrink to a tenth, very repetitive ones to a hundredth."""
_ALWAYS_ALLOWED: Final = 64 << 20


def _gzip() -> Any:
    return zlib.decompressobj(31)


def _zstandard() -> Any:
    import zstandard

    return zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()


_MAGIC: Final[dict[bytes, Callable[[], Any]]] = {b"\x1f\x8b": _gzip, b"\x28\xb5\x2f\xfd": _zstandard}


def open_recording(path: Path) -> tuple[IO[bytes], str | None]:
    """The plain bytes, and what is wrong with their packing, if anything. Raises RecordingError."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # opening a pipe would wait for its writer
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise RecordingError(f"{path} is no regular file")
        file = os.fdopen(handle, "rb")
        first = file.read(4)
        file.seek(0)
        for magic, make in _MAGIC.items():
            if first.startswith(magic):
                with file:
                    return _unpacked(path, file, make())
        return file, None
    except (OSError, ValueError) as error:
        raise RecordingError(f"can't read {path}: {getattr(error, 'strerror', None) or error}") from None


def _unpacked(path: Path, file: IO[bytes], unpacker: Any) -> tuple[IO[bytes], str | None]:
    plain = tempfile.TemporaryFile(prefix="muxviz-")  # noqa: SIM115 (the caller's)
    taken = given = 0
    damage = None
    try:
        while chunk := file.read(_CHUNK >> 4):
            taken += len(chunk)
            out = unpacker.decompress(chunk)
            given += len(out)
            if given > _ALWAYS_ALLOWED + taken * _MOST_EXPANSION:
                raise RecordingError(f"{path} unpacks to more than {_MOST_EXPANSION} times its size: not a recording")
            plain.write(out)
    except RecordingError:
        plain.close()
        raise
    except OSError:
        plain.close()
        raise
    except Exception as error:  # zlib.error, ZstdError: each library has its own
        damage = f"its packing is damaged after {given} bytes ({error})"
    plain.seek(0)
    return plain, damage
