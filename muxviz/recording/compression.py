"""A recording's bytes: a plain file as it is, a compressed one unpacked into an unnamed temporary file.

What a file is, its first bytes tell and not its name. Nothing is trusted: a pipe could block for ever, and a small
file could unpack to any size.
"""

from __future__ import annotations

import os
import stat
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

from muxviz.portable import AT_ONCE, PLAIN
from muxviz.recording.errors import RecordingError

_CHUNK: Final = 1 << 16
_MOST_EXPANSION: Final = 400
"""JSON lines shrink to a tenth, very repetitive ones to a hundredth."""
_ALWAYS_ALLOWED: Final = 8 << 20


def _gzip(file: IO[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(31)
    while not unpacker.eof and (chunk := file.read(_CHUNK)):
        before = unpacker.copy()
        try:
            yield unpacker.decompress(chunk)  # a thousand times the chunk at most (RFC 1951)
        except zlib.error:  # it gives nothing of a chunk that is damaged: what stands before the damage comes by bytes
            for byte in chunk:
                yield before.decompress(bytes((byte,)))


def _zstandard(file: IO[bytes]) -> Iterator[bytes]:
    import zstandard

    unpacker = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    # By its output: four bytes of a frame can be 128 KiB of text (RFC 8878, RLE blocks).
    with unpacker.stream_reader(file, read_size=_CHUNK, closefd=False) as reader:
        while piece := reader.read1(_CHUNK):  # a read of the whole size gives nothing where a part of it is damaged
            yield piece


_MAGIC: Final[dict[bytes, Callable[[IO[bytes]], Iterator[bytes]]]] = {
    b"\x1f\x8b": _gzip,
    b"\x28\xb5\x2f\xfd": _zstandard,
}


def open_recording(path: Path) -> tuple[IO[bytes], str | None]:
    """The plain bytes, and what is wrong with their packing, if anything. Raises RecordingError."""
    try:
        handle = os.open(path, os.O_RDONLY | PLAIN | AT_ONCE)  # opening a pipe would wait for its writer
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise RecordingError(f"{path} is no regular file")
        file = os.fdopen(handle, "rb")
        first = file.read(4)
        file.seek(0)
        for magic, make in _MAGIC.items():
            if first.startswith(magic):
                with file:
                    return _unpacked(path, file, make(file))
        return file, None
    except RecordingError:
        raise
    except (OSError, ValueError) as error:
        raise RecordingError(f"can't read {path}: {getattr(error, 'strerror', None) or error}") from None


def _unpacked(path: Path, file: IO[bytes], pieces: Iterator[bytes]) -> tuple[IO[bytes], str | None]:
    plain = tempfile.TemporaryFile(prefix="muxviz-")  # noqa: SIM115 (the caller's)
    given = 0
    damage = None
    try:
        for piece in pieces:
            given += len(piece)
            if given > _ALWAYS_ALLOWED + file.tell() * _MOST_EXPANSION:
                raise RecordingError(f"{path} unpacks to more than {_MOST_EXPANSION} times its size: not a recording")
            plain.write(piece)
    except (RecordingError, OSError):
        plain.close()
        raise
    except Exception as error:  # zlib.error, ZstdError: each library has its own
        damage = f"its packing is damaged after {given} bytes ({error})"
    plain.seek(0)
    return plain, damage
