"""`muxviz run` as a command: clients of a scenario, two programs, every scenario with its table, and every mistake."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from muxviz.recording import load
from tests.conftest import MUXVIZ, run_muxviz
from tests.waiting import LIMIT_SECONDS, until

PROGRAMS = Path(__file__).parent / "sources" / "lab" / "programs"
SERVER = PROGRAMS / "select_echo.py"


def test_the_program_is_ended_when_the_scenario_is_over(tmp_path: Path) -> None:
    polite = tmp_path / "polite.py"
    polite.write_text(
        "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(print('asked to end', flush=True)))\n"
        "print('ready', flush=True)\n" + SERVER.read_text()
    )
    out = tmp_path / "r.muxviz"
    done = run_muxviz("run", "--headless", "--clients", "partial-read", "-o", out, polite)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ready\nasked to end\n", "")
    shown = run_muxviz("show", out).stdout.splitlines()
    assert any("client action 4: A reads what came back" in line for line in shown)
    assert any("as_sent True" in line for line in shown)
    assert "exited by muxviz with status 0" in shown[-1], shown[-1]


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("import sys; sys.exit(3)", 3, "ended before the clients were done: 0 of 4"),
        ("", 2, "ended before the clients were done: 0 of 4"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137, "ended before the clients were done"),
        ("import socket; a, b = socket.socketpair(); a.recv(1)", 2, "does not listen where these clients could reach"),
    ],
)
def test_a_program_that_its_clients_can_not_use(text: str, status: int, said: str, tmp_path: Path) -> None:
    path = tmp_path / "server.py"
    path.write_text(text)
    done = run_muxviz("run", "--headless", "--clients", "partial-read", path)
    assert done.returncode == status and said in done.stderr and done.stderr.startswith("muxviz: server.py ")


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (["--clients", "herd", SERVER], "can't act on a program of your own (its programs share a listener"),
        (["--clients", "crowd", SERVER], "these can: partial-read, echo"),
        (["--clients", "nope", SERVER], "no scenario is named 'nope'"),
        (["--watch", "a b", SERVER], "--watch wants a name"),
        (["--port", "0", SERVER], "0 is not in the range"),
        ([SERVER, "--beside"], "requires an argument"),
        ([SERVER, "--beside", "/nonexistent.py"], "no such script: /nonexistent.py"),
        ([SERVER, "--beside", "'"], "No closing quotation"),
        ([SERVER, "--beside", str(SERVER), "-v", "-x"], "No such option '-v'"),
        ([SERVER, "--beside", str(SERVER), "word"], "quote a command with arguments"),
        ([SERVER, "--beside", str(SERVER)], "without a screen --beside needs --clients"),
        (["--clients", "all", SERVER, "--beside", str(SERVER)], "--clients all is for one program"),
    ],
)
def test_a_mistake_is_one_line(args: list[object], complaint: str) -> None:
    done = run_muxviz("run", "--headless", *args)
    assert done.returncode == 2 and complaint in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr


def test_two_programs_with_arguments_of_their_own(tmp_path: Path) -> None:
    server = tmp_path / "server.py"
    line = 'import sys; sys.stdout.write(f"{sys.argv[1:]}\\n"); sys.stdout.flush()\n'  # one write, unbuffered too
    server.write_text(line + SERVER.read_text())
    out = tmp_path / "r.muxviz"
    done = run_muxviz(
        "run", "--headless", "-o", out, server, "--clients", "7", "--beside", f"{server} -v", "--clients", "timeout"
    )
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == ["['--clients', '7']", "['-v']"], "up to --beside all is the program's"
    directory = tmp_path.name[:6]
    assert load(out).lanes == [f"{directory} 1", f"{directory} 2"]


def test_behind_two_dashes_everything_is_the_programs(tmp_path: Path) -> None:
    script = tmp_path / "args.py"
    script.write_text("import sys; print(sys.argv[1:])")
    done = run_muxviz("run", "--headless", "--", script, "--beside", "x", "--", "-o", "y")
    assert done.stdout == "['--beside', 'x', '--', '-o', 'y']\n", done.stderr


def test_every_scenario_has_a_row_and_a_lane(tmp_path: Path) -> None:
    wrong = tmp_path / "edge.py"
    text = (PROGRAMS / "epoll_echo.py").read_text().replace("recv(4096)", "recv(4)")
    wrong.write_text(text.replace("(conn, select.EPOLLIN)", "(conn, select.EPOLLIN | select.EPOLLET)"))
    out = tmp_path / "r.muxviz"
    done = run_muxviz("run", "--headless", "--clients", "all", "-o", out, wrong)
    assert (done.returncode, done.stderr) == (0, "")
    heads, rule, *rows = done.stdout.splitlines()
    assert heads.split() == ["scenario", "actions", "echoes", "wakeups", "findings", "at", "the", "end"] and "─" in rule
    table = {row.split()[0]: row for row in rows[:-2]}
    assert len(table) == 20 and "udp" not in table and rows[-1].startswith("20 scenarios; findings: ")
    assert "0 of 1 right" in table["partial-read"] and "certain" in table["partial-read"]
    assert "ended: ConnectionResetError" in table["reset"] and "4 of 6" in table["reset"]
    trace = load(out)
    assert trace.lanes == list(table)
    found = {one.lane for one in trace.findings.until(len(trace) - 1) if one.rule == "stranded-data"}
    assert {"partial-read", "echo", "models"} <= found
    assert len({trace.now.lanes[lane].pid for lane in trace.lanes}) == len(table), "each on a fresh start"
    for n in trace.actions():
        assert trace[n].args["lanes"] == [trace[n + 1].lane]
    replayed = run_muxviz("export", out, tmp_path / "x.txt", "--step", "18")
    assert replayed.returncode == 0
    picture = (tmp_path / "x.txt").read_text()
    assert "1 partial-read" in picture and "2 echo" not in picture, "only the scenario that runs is shown"


def test_all_of_a_program_that_does_not_listen_is_one_line(tmp_path: Path) -> None:
    script = tmp_path / "nothing.py"
    script.write_text("raise SystemExit(3)")
    done = run_muxviz("run", "--headless", "--clients", "all", script)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("muxviz: nothing.py ended before the clients were done") and "status 3" in done.stderr


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    script = tmp_path / "late.py"
    script.write_text(f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)")
    command = [*MUXVIZ, "run", "--headless", "--clients", "all", str(script)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text(), "the program says its number")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT_SECONDS)
    assert (process.returncode, out, err.strip()) == (130, "", "")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_scenario_of_ones_own(tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from muxviz.scenarios.model import Scenario, connect, read, send\n"
        "SCENARIO = Scenario('mine', 't', 'g', 's', 's', 'q', 'w', (connect('A'), send('A', b'x'), read('A', 9, b'x')))"
    )
    out = tmp_path / "r.muxviz"
    done = run_muxviz("run", "--headless", "--clients", mine, "-o", out, SERVER)
    assert done.returncode == 0, done.stderr
    assert "as_sent True" in run_muxviz("show", out).stdout
