"""A program sees the same with and without the probe: fd numbers, ready lists, results, errors."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from muxviz.sources.ring.lane_reader import Mode
from tests.probe.lanes import PROGRAMS, alone, observed

EXPERIMENTS = [str(PROGRAMS / "experiments.py"), "one", "two words"]


def test_the_same_answers() -> None:
    with ThreadPoolExecutor(
        len(Mode) + 1
    ) as pool:  # they mostly wait; each lane's muxviz is the thread that started it
        alone_run = pool.submit(alone, EXPERIMENTS)
        runs = {mode: pool.submit(observed, EXPERIMENTS, mode) for mode in Mode}
    bare = alone_run.result()
    assert bare.status == 0, bare.err
    assert " answers " in bare.out
    for mode, run in runs.items():
        done = run.result()
        assert done.out.splitlines() == bare.out.splitlines(), mode.name
        assert (done.status, done.err) == (bare.status, bare.err), mode.name
        assert bool(done.events) is (mode is not Mode.FREE)
        print(f"\n{mode.name}: {bare.out.splitlines()[-1].split()[0]} answers the same, {len(done.events)} events")


SELF = """
import os, sys, __main__
print(__name__, __file__, __package__, __spec__ and __spec__.name, __doc__, type(__loader__).__name__)
print(sys.argv, sys.orig_argv[1:], sys.path[0], sorted(vars(__main__)))
print([name for name in sys.modules if "muxviz" in name or "msgspec" in name])
print(sorted(map(int, os.listdir("/proc/self/fd"))))
"""


@pytest.mark.parametrize("form", ["script", "directory", "module", "package"])
def test_the_same_world(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pack").mkdir()
    for name in ("script.py", "pack/__main__.py", "pack/__init__.py"):
        (tmp_path / name).write_text(SELF if name != "pack/__init__.py" else "")
    program = {"script": ["script.py"], "directory": ["pack"], "module": ["-m", "script"], "package": ["-m", "pack"]}
    command = [*program[form], "arg", "-m"]
    bare, done = alone(command), observed(command, Mode.RECORD)
    assert bare.status == 0, bare.err
    assert (done.out, done.err, done.status) == (bare.out, bare.err, bare.status)


@pytest.mark.parametrize(
    "body",
    [
        "raise ValueError('boo')",
        "raise SystemExit",
        "raise SystemExit(3)",
        "raise SystemExit('words')",
        "raise KeyboardInterrupt",
        "import socket\ns = socket.socket()\ns.connect(('127.0.0.1', 1))",
        "import socket\ntry:\n    socket.create_server(('256.0.0.1', 1))\nexcept OSError as e:\n    raise e",
        "import sys\nsys.excepthook = lambda *a: print('hook', a[0], a[1])\n1 / 0",
        "syntax error",
        "import threading\nthreading.Thread(target=lambda: 1 / 0).start()",
        "import atexit\natexit.register(print, 'at exit')\nimport os\nos.kill(os.getpid(), 9)",
        "import warnings\nwarnings.simplefilter('always')\nimport socket\ns = socket.socket()\ndel s\nprint('on')",
    ],
)
def test_the_same_end(body: str, tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(body + "\n")
    bare, done = alone([str(script)]), observed([str(script)], Mode.RECORD)
    assert (done.out, done.err, done.status) == (bare.out, bare.err, bare.status)


def test_no_such_script() -> None:
    bare, done = alone(["nothing.py"]), observed(["nothing.py"], Mode.RECORD)
    assert (done.out, done.err, done.status) == (bare.out, bare.err, bare.status)


def test_the_probe_does_not_import_msgspec() -> None:
    body = (
        "import sys; print([name for name in sys.modules if name.partition('.')[0] in ('msgspec', 'muxviz', 'rich')])"
    )
    assert sys.version_info >= (3, 11)
    done = observed(["-m", "timeit", "-n1", "-r1", body], Mode.HELD)
    assert "[]" in done.out, done.err
