"""The lane's view of the mapped file, and the end of that view in a forked child.

No descriptor remains: the mapping alone keeps the file, and nothing that the program closes can take it away. (An
`mmap.mmap` object keeps a duplicate of its descriptor until Python 3.13, so mmap(2) is called by ctypes.)
"""

from __future__ import annotations

import ctypes
import mmap
import os
from typing import Final

from . import ring_format

_PROTECTION: Final = mmap.PROT_READ | mmap.PROT_WRITE
_MAP_FIXED: Final = 0x10
_MAP_POPULATE: Final = 0x8000
"""Every page is there at once: a first touch would cost each new page's first record some microseconds."""
_FAILED: Final = ctypes.c_void_p(-1).value

_mmap = ctypes.CDLL(None, use_errno=True).mmap
_mmap.restype = ctypes.c_void_p
_mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]


class Shared:
    """The mapping and views of it: `memory` as bytes, `words` as the 64-bit words of `layout`; `control[0]` is the
    mode. Never unmapped: a call that is under way when the interpreter ends may still write its record."""

    def __init__(self, path: str) -> None:
        """Map the file. Raises OSError where it is gone."""
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            self.size = os.fstat(handle).st_size
            self._address = _mmap(None, self.size, _PROTECTION, mmap.MAP_SHARED | _MAP_POPULATE, handle, 0)
        finally:
            os.close(handle)
        if self._address == _FAILED:
            raise OSError(ctypes.get_errno(), "mmap failed", path)
        self.memory = memoryview((ctypes.c_ubyte * self.size).from_address(self._address)).cast("B")
        self.control = self.memory[:8]
        self.words = self.memory[: ring_format.ANNOUNCED_AT].cast("Q")

    def let_go(self) -> None:
        """In a forked child: put private zeros where the mapping was, at the same address.

        Every name that leads to the mapping then leads to memory of the child alone, and its control byte says FREE.
        So nothing that the child does, not even the end of a record that its parent had begun, reaches the parent's
        ring.
        """
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_FIXED
        if _mmap(self._address, self.size, _PROTECTION, flags, -1, 0) != self._address:
            os._exit(70)  # two writers in one ring would corrupt the parent's recording
