"""A copy of the working tree with an environment of its own, in which one fault stands at a time.

muxviz's tests start programs (`python -m muxviz`, probed ones): the fault has to be in the files that these load too.
So it is written into the copy, whose environment finds `muxviz` there and everything else where it is installed.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import signal
import site
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.faults.known import Known, files_of
from tests.processes import descendants

_PR_SET_CHILD_SUBREAPER: Final = 36  # <sys/prctl.h>
_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) (\S.*?)(?: - .*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Ran:
    """How a run of tests ended: `passed`, `failed` or `late` (ended when its time was over)."""

    how: str
    seconds: float
    by: str = ""  # the test that failed first, or the last line that was printed
    said: str = ""


def adopt() -> None:
    """Let what the tests' processes leave behind become this process's children, so that `Copy.run` can end them."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Copy:
    """The files of `root` that git knows or would add, below `directory`."""

    def __init__(self, root: Path, directory: Path) -> None:
        self.root = directory / "tree"
        self._python = directory / "env" / "bin" / "python"
        self._temporary = directory / "t"
        self._written = 0
        known = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=root,
            check=True,
            capture_output=True,
        ).stdout
        for name in filter(None, known.decode().split("\0")):
            if (root / name).is_file():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, self.root / name)
        self._environment(directory / "env")

    def _environment(self, directory: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(directory)], check=True)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        packages = directory / "lib" / version / "site-packages"
        theirs = [each for each in (sysconfig.get_path("purelib"), *site.getsitepackages()) if Path(each).is_dir()]
        lines = [str(self.root), *(f"import site; site.addsitedir({each!r})" for each in dict.fromkeys(theirs))]
        (packages / "copy.pth").write_text("\n".join(lines) + "\n", encoding="utf-8")
        script = directory / "bin" / "muxviz"
        script.write_text(
            f"#!{self._python}\nimport sys\nfrom muxviz.__main__ import main\nsys.exit(main())\n", encoding="utf-8"
        )
        script.chmod(0o755)

    def write(self, path: str, text: str) -> None:
        """Put `text` into a file, with a time of its own: Python asks only a source's seconds and size whether its
        bytecode is still good."""
        file = self.root / path
        file.write_text(text, encoding="utf-8")
        self._written += 1
        when = int(time.time()) - 1_000_000 + self._written
        os.utime(file, (when, when))

    @contextmanager
    def planted(self, path: str, text: str) -> Iterator[None]:
        """The file with a fault in it, for a while."""
        before = (self.root / path).read_text(encoding="utf-8")
        self.write(path, text)
        try:
            yield
        finally:
            self.write(path, before)

    def known(self, tests: Sequence[str], seconds: float) -> tuple[Ran, Known]:
        """Run all of these tests without a fault, and learn what is to be known of them."""
        file = self._temporary.with_suffix(".known")
        ran = self._run(tests, seconds, "--maxfail=0", MUXVIZ_FAULTS_KNOWN=str(file))
        return ran, Known(json.loads(file.read_text(encoding="utf-8")) if file.exists() else {})

    def run(self, names: list[str], seconds: float) -> Ran:
        """Run these tests, in this order, until the first that fails."""
        file = self._temporary.with_suffix(".order")
        file.write_text(json.dumps(names), encoding="utf-8")
        # One that hangs fails, alone, while there is time for it.
        return self._run(files_of(names), seconds, "-x", f"--timeout={seconds / 2}", MUXVIZ_FAULTS_ORDER=str(file))

    def _run(self, tests: Sequence[str], seconds: float, *more: str, **named: str) -> Ran:
        """Run pytest for at most so many seconds; whatever it started is ended."""
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._temporary.mkdir()
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
        environment |= named | {
            "TMPDIR": str(self._temporary),
            "VIRTUAL_ENV": str(self._python.parent.parent),
            "PATH": f"{self._python.parent}{os.pathsep}{os.environ['PATH']}",
        }
        command = [
            str(self._python), "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "-p", "tests.faults.plugin",
            "--tb=line", "-rfE", *more, *tests,
        ]  # fmt: skip
        output = self._temporary / "said"
        began = time.monotonic()
        with output.open("wb") as said:
            process = subprocess.Popen(
                command, cwd=self.root, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                start_new_session=True,
            )  # fmt: skip
            try:
                code: int | None = process.wait(seconds)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                end_all()
                process.poll()  # it is reaped: it asks no more of its number
        taken = time.monotonic() - began
        told = output.read_text(encoding="utf-8", errors="replace")
        if code is None:
            return Ran("late", taken, said=told)
        if code == 0:
            return Ran("passed", taken, said=told)
        found = _FAILED.search(told)
        last = (told.strip() or "nothing was said").splitlines()[-1]
        return Ran("failed", taken, found[1] if found else f"exit {code}: {last}", told)


def end_all() -> None:
    """End every process below this one, those that were left behind too, and reap them."""
    while left := descendants(os.getpid()):
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        time.sleep(0.01)
