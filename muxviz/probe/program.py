"""Becomes the program: maps the ring, puts the drop-ins in, and runs the script or module as the interpreter would."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import atexit
import io
import os
import pkgutil
import runpy
import sys
from types import ModuleType, TracebackType
from typing import Any, Final

from . import files, parent_watch, ring_format, sockets, tls, waits
from .calls import Calls
from .gate import Gate, open_semaphore
from .patches import Patches
from .ring import Ring
from .shared import Shared
from .tracebacks import without_us

_TRACEBACK_LIMIT: Final = 64 * 1024


def main() -> None:
    """Read our arguments, become the program, run it."""
    ring_path, token_name, bell_name, parent, queue_name, watch, payload, held, dashes, *program = sys.argv[1:]
    assert dashes == "--"
    life = parent_watch.ParentWatch(int(parent))
    shared = Shared(ring_path)
    gate = Gate(shared, open_semaphore(token_name), open_semaphore(bell_name), life.alive)
    shared.control[ring_format.OPENED] = 1
    ring = Ring(shared, life.alive)
    calls = Calls(shared, ring, gate, queue_name, int(payload), tuple(watch.split(",")) if watch else ())
    calls.define(ring_format.HELLO, os.getpid(), os.getcwd())  # noqa: PTH109
    sys.orig_argv[:] = [sys.orig_argv[0], *program]
    atexit.register(gate.end)  # registered first, so it runs last
    os.register_at_fork(after_in_child=shared.let_go)
    patches = Patches()
    for dropins in (waits, sockets, tls, files, parent_watch):
        dropins.install(calls, patches)
    gate.start()
    try:
        if held:
            _signal.pthread_sigmask(_signal.SIG_UNBLOCK, map(int, held.split(",")))
        _run(program)
    except SystemExit:
        raise
    except BaseException as error:
        without_us(error)
        sys.excepthook = _hook(sys.excepthook)
        if shared.control[0]:
            calls.define(ring_format.EXIT, 1, _text(error))
        raise


def _run(program: list[str]) -> None:
    if program[0] == "-m":
        sys.argv[:] = ["-m", *program[2:]]
        if not _safe_path():
            sys.path[0] = os.getcwd()  # noqa: PTH109
        _fresh_main()
        runpy._run_module_as_main(program[1])  # type: ignore[attr-defined]
        return
    sys.argv[:] = program
    path = program[0] if program[0].startswith(os.sep) else os.getcwd() + os.sep + program[0]  # noqa: PTH109
    if _finds_main(path):
        sys.path[0:1] = [path]
        _fresh_main()
        runpy._run_module_as_main("__main__", False)  # type: ignore[attr-defined]
        return
    try:
        with io.open_code(path) as file:
            source = file.read()
    except OSError as error:
        problem = f"[Errno {error.errno}] {error.strerror}"
        print(f"{sys.executable}: can't open file {path!r}: {problem}", file=sys.stderr)
        raise SystemExit(2) from None
    if not _safe_path():
        sys.path[0] = os.path.dirname(os.path.realpath(path))  # noqa: PTH120
    namespace = vars(_fresh_main(path))
    exec(compile(source, path, "exec", dont_inherit=True), namespace)


def _safe_path() -> bool:
    return bool(getattr(sys.flags, "safe_path", False))


def _finds_main(path: str) -> bool:
    """True for a directory or a zip file, whose `__main__` runs (the interpreter's interface options)."""
    importer = pkgutil.get_importer(path)
    return importer is not None and (os.path.isdir(path) or hasattr(importer, "archive"))  # noqa: PTH112


def _fresh_main(path: str | None = None) -> ModuleType:
    """`__main__` as it stands before a program's first line: the module that the interpreter made, emptied of boot."""
    from importlib.machinery import SourceFileLoader

    module = sys.modules["__main__"]
    namespace = vars(module)
    builtins = namespace["__builtins__"]
    namespace.clear()
    namespace.update(
        __name__="__main__", __doc__=None, __package__=None, __loader__=None, __spec__=None, __annotations__={}
    )
    namespace["__builtins__"] = builtins
    if path is not None:
        namespace["__loader__"] = SourceFileLoader("__main__", path)
        namespace["__file__"] = path
        namespace["__cached__"] = None
    return module


# --- tracebacks ------------------------------------------------------------------------------------------------------


def _hook(before: Any) -> Any:
    def excepthook(kind: type[BaseException], value: BaseException, traceback: TracebackType | None) -> None:
        without_us(value)
        before(kind, value, value.__traceback__)

    return excepthook


def _text(error: BaseException) -> str:
    import traceback

    return "".join(traceback.format_exception(error))[-_TRACEBACK_LIMIT:]
