"""Runs a command that may not make some system call, as a container would have it:

    python -m tests.sources.tracing.denied ptrace,pidfd_getfd COMMAND…

A seccomp filter (seccomp(2)) answers EPERM to it, here and in everything below.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

NUMBERS = {"x86_64": {"ptrace": 101, "pidfd_getfd": 438}, "aarch64": {"ptrace": 117, "pidfd_getfd": 438}}
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_EPERM = 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def deny(numbers: list[int]) -> None:
    """Answer EPERM to these system calls from now on."""
    code = struct.pack("=HBBI", _LOAD, 0, 0, 0)
    for number in numbers:
        code += struct.pack("=HBBI", _EQUAL, 0, 1, number) + struct.pack("=HBBI", _RETURN, 0, 0, _ERRNO | _EPERM)
    code += struct.pack("=HBBI", _RETURN, 0, 0, _ALLOW)
    kept = ctypes.create_string_buffer(code)
    program = _Program(len(code) // 8, ctypes.addressof(kept))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0)):
        if libc.prctl(*arguments):
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    deny([NUMBERS[platform.machine()][name] for name in sys.argv[1].split(",")])
    os.execvp(sys.argv[2], sys.argv[2:])
