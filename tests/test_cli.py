"""The commands, as someone meets them who has no terminal or gets them wrong."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from muxviz.scenarios import CATALOGUE
from tests.conftest import MUXVIZ, run_muxviz


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (["nonsense"], "no scenario is named 'nonsense'"),
        (["lab", "--lanes", "kqueue"], "no lane of partial-read is named 'kqueue'"),
        (["lab", "--lanes", ""], "name at least one"),
        (["--nonsense"], "no such option"),
        (["run"], "missing argument"),
        (["run", "/nonexistent.py"], "no such script"),
        (["run", "-m"], "needs the name of a module"),
        (["run", "a" * 300], "file name too long"),
        (["export", "/nonexistent", "b.svg", "--size", "20x5"], "not a size"),
        (["show", "/nonexistent"], "can't read"),
        (["show", "/"], "no regular file"),
        (["show", sys.executable], "not a muxviz recording"),
        (["lab", "echo", "--headless", "-o", "/nonexistent/x"], "can't record to"),
        (["export", "a", "b.gif"], "can't write .gif"),
        (["export", "/nonexistent", "b.svg"], "can't read"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line(args: list[str], complaint: str) -> None:
    done = run_muxviz(*args)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert complaint.lower() in done.stderr.lower()


def test_an_existing_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "precious"
    file.write_text("data")
    done = run_muxviz("lab", "reset", "--headless", "-o", file)
    assert (done.returncode, file.read_text()) == (2, "data")
    assert "exists" in done.stderr


def test_without_a_terminal_it_tells_a_story() -> None:
    done = run_muxviz()
    assert done.returncode == 0, done.stderr
    assert "A sends 12 bytes" in done.stdout
    assert "8" in done.stdout and "edge" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("name", CATALOGUE)
def test_show_prints_every_event_in_both_forms(name: str, recordings: dict[str, Path]) -> None:
    whole = recordings[name].read_bytes().splitlines()
    lines = [line for line in whole[:-2] if b'"keyframe":' not in line]  # the last two are the index and the end
    text = run_muxviz("show", recordings[name])
    assert len(text.stdout.splitlines()) == len(lines) - 1
    jsonl = run_muxviz("show", recordings[name], "--format", "jsonl").stdout.encode().splitlines()
    for shown, line in zip(jsonl, lines, strict=True):
        assert shown == line or json.loads(shown) == json.loads(line)


def test_show_into_a_closed_pipe_is_quiet(recordings: dict[str, Path]) -> None:
    command = f"{' '.join(MUXVIZ)} show {recordings['echo']} | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("redirections", "status", "complaints"),
    [("<&-", 0, 0), (">&-", 0, 0), (">/dev/full", 2, 1), ("<&- >&- 2>&-", 0, 0)],
)
def test_streams_that_are_closed_or_full(redirections: str, status: int, complaints: int) -> None:
    command = f"{' '.join(MUXVIZ)} reset {redirections}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (status, complaints), done.stderr


@pytest.mark.parametrize("streams", ["", "<&- >&- 2>&-"], ids=["open", "closed"])
def test_a_status_survives_closed_streams(streams: str, tmp_path: Path) -> None:
    (tmp_path / "three.py").write_text("import sys; sys.exit(3)")
    command = f"{' '.join(MUXVIZ)} run --headless {tmp_path}/three.py {streams}"
    assert subprocess.run(["bash", "-c", command], check=False).returncode == 3


INTERRUPTED: Final = """
import os, signal, sys
at = sys.argv.pop(1)
def hook(event, args):
    if event == "import" and args[0] == at:
        print("sent", flush=True)
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(hook)
from muxviz.__main__ import main
main()
"""
"""muxviz, interrupted where it begins to import the module that is its first argument."""


@pytest.mark.parametrize("at", ["muxviz.cli", "click", "msgspec", "muxviz.cli.trace"])
@pytest.mark.parametrize("args", [["--help"], ["lab", "--headless"], ["trace", "--headless", "--", "true"]])
def test_an_interrupt_while_it_is_imported_ends_it_quietly(at: str, args: list[str]) -> None:
    """By the signal itself. Before our first line it is the interpreter's own start, which has its own words for it."""
    program = [sys.executable, "-c", INTERRUPTED, at, *args]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "sent\n", "")


@pytest.mark.parametrize(
    ("at", "args"),
    [
        ("muxviz.sources.lab.headless", ["lab", "--headless"]),
        pytest.param(
            "muxviz.sources.strace.headless", ["trace", "--headless", "--", "true"], marks=pytest.mark.needs("strace")
        ),
        ("muxviz.sources.lab.run", ["run", "--headless", __file__]),
    ],
)
def test_an_interrupt_before_anything_is_started_is_quiet(at: str, args: list[str]) -> None:
    program = [sys.executable, "-c", INTERRUPTED, at, *args]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "sent\n", "")


@pytest.mark.parametrize("args", [["--help"], ["scenarios"], ["show", "FILE"], ["export", "FILE", "OUT"]])
def test_no_screen_means_no_textual(args: list[str], recordings: dict[str, Path], tmp_path: Path) -> None:
    names = {"FILE": str(recordings["reset"]), "OUT": str(tmp_path / "x.svg")}
    code = (
        "import sys; from muxviz.cli import _main; status = _main(sys.argv[1:]);"
        "sys.exit(status or any(name.partition('.')[0] == 'textual' for name in sys.modules))"
    )
    command = [sys.executable, "-c", code, *(names.get(arg, arg) for arg in args)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("form", [".svg", ".txt"])
def test_a_picture_is_the_same_bytes_each_time(form: str, recordings: dict[str, Path], tmp_path: Path) -> None:
    for n in (1, 2):
        assert run_muxviz("export", recordings["partial-read"], tmp_path / f"{n}{form}", "--step", "20").returncode == 0
    first, second = ((tmp_path / f"{n}{form}").read_bytes() for n in (1, 2))
    assert first == second
    assert b"partial-read" in first
    assert b"http://" not in first.replace(b"http://www.w3.org/2000/svg", b"")


def test_a_script_keeps_its_streams_arguments_and_status(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys; print(sys.argv[1:], sys.stdin.read()); print('oops', file=sys.stderr); sys.exit(7)")
    for options in ([], ["-o", str(tmp_path / "x.muxviz")]):
        command = [*MUXVIZ, "run", "--headless", *options, str(script), "-v", "--headless", "x"]
        done = subprocess.run(command, input="in", capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (7, "['-v', '--headless', 'x'] in\n", "oops\n")


@pytest.mark.parametrize("args", [["-m", "platform"], ["-mplatform"], ["-m", "platform", "--terse"]])
def test_a_module_runs_as_python_runs_it(args: list[str]) -> None:
    alone = subprocess.run([sys.executable, *args], capture_output=True, text=True, check=False)
    assert run_muxviz("run", "--headless", *args).stdout == alone.stdout


@pytest.mark.parametrize(
    ("code", "status"),
    [("raise SystemExit('bye')", 1), ("1/0", 1), ("import os; os.kill(os.getpid(), 15)", 143), ("pass", 0)],
)
def test_every_way_to_end_is_passed_on(code: str, status: int, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(code)
    ours = run_muxviz("run", "--headless", script)
    alone = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert ours.returncode == status
    assert ours.stderr == alone.stderr
