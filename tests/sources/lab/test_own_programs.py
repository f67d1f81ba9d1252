"""Programs of a person's own under the clients of a scenario: every kind of event loop, held and free, to the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from muxviz.draw import View, draw
from muxviz.events import Event
from muxviz.scenarios import CATALOGUE, Scenario
from muxviz.scenarios.for_any_server import fitting, for_any_server, misfit
from muxviz.scenarios.model import connect, read, send
from muxviz.sources.lab.build import Lab
from muxviz.sources.lab.playing import play_out
from muxviz.sources.lab.programs import programs, source
from tests.waiting import within

PROGRAMS = Path(__file__).with_name("programs")
LOOPS = ("select", "poll", "epoll", "selectors", "socketserver", "threading", "threads", "streams", "protocol")


def scenario(*beats: Any, **fields: Any) -> Scenario:
    return Scenario("mine", "t", "g", "s", "s", "q", "w", beats, **fields)


TWICE = scenario(connect("A"), send("A", b"hello, world"), read("A", 99, b"hello, world"), send("A", b"more"))
"""The first read is the scenario's, the second is the one that every program gets at the end."""


@contextmanager
def lab(*scripts: Path, clients: Scenario | None = None, **options: Any) -> Iterator[Lab]:
    """A lab that has started, and is closed whatever happens."""
    commands = [[str(script)] for script in scripts]
    made = for_any_server(clients) if clients is not None else None
    opened = Lab(programs(commands), source(commands, "mine"), made, **options)
    try:
        opened.start()
        yield opened
    finally:
        opened.close()
        opened.trace.close()


def script(directory: Path, text: str, name: str = "server.py") -> Path:
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_text(text)
    return path


def events(opened: Lab) -> list[Event]:
    return [opened.trace[n] for n in range(len(opened.trace))]


def echoes(opened: Lab) -> list[bool]:
    """Of every read that had to return what was sent, whether it did."""
    return [event.args["as_sent"] for event in events(opened) if "as_sent" in event.args]


def until(opened: Lab, true: Any) -> None:
    """Step, or look, until something is so."""
    for _ in within("the steps lead there"):
        if true():
            return
        if not opened.conductor.step():
            opened.conductor.notice()


@pytest.mark.parametrize("loop", LOOPS)
def test_every_kind_of_loop_answers_while_it_is_held(loop: str) -> None:
    with lab(PROGRAMS / f"{loop}_echo.py", clients=TWICE) as opened:
        assert play_out(opened) is None
        assert echoes(opened) == [True, True]
        assert opened.conductor.status()["program"].place in ("asleep", "gate")
        opened.conductor.end(2.0)
        last = events(opened)[-1].exit
        assert last is not None and (last.by, last.signal) == ("muxviz", "SIGTERM")


@pytest.mark.parametrize("loop", LOOPS)
def test_and_while_it_runs_free(loop: str) -> None:
    with lab(PROGRAMS / f"{loop}_echo.py", clients=TWICE) as opened:
        conductor = opened.conductor
        conductor.run_free()
        for _ in within("the clients are done"):
            if conductor.pace.next is None:
                break
            conductor.pump()
        assert echoes(opened) == [True, True]


@pytest.mark.parametrize("loop", ["select", "streams", "threads"])
def test_ten_clients_get_everything_back(loop: str) -> None:
    with lab(PROGRAMS / f"{loop}_echo.py", clients=CATALOGUE["echo"]) as opened:
        assert play_out(opened) is None
        assert echoes(opened) == [True] * 30


def test_threads_come_in_the_same_order_each_time() -> None:
    def once() -> list[tuple[object, ...]]:
        with lab(PROGRAMS / "threads_echo.py", clients=CATALOGUE["closed-fd"]) as opened:
            assert play_out(opened) is None
            found = events(opened)
            threads = list(dict.fromkeys(event.tid for event in found if event.call and event.role == "server"))
            assert len(threads) == 3, "the one that accepts, and one for each client"
            return [
                (e.step, e.role, e.call, e.phase, e.fd, e.ret, threads.index(e.tid) if e.role == "server" else None)
                for e in found
                if e.call is not None
            ]

    first = once()
    assert once() == first


def test_the_thread_that_moved_least_recently_moves_next(tmp_path: Path) -> None:
    text = """
import socket, threading
pairs = [socket.socketpair() for _ in range(3)]
def send(one):
    for _ in range(4): one.send(b"x")
for a, b in pairs: threading.Thread(target=send, args=(a,)).start()
"""
    with lab(script(tmp_path, text)) as opened:
        while opened.conductor.step():
            pass
        threads = [event.tid for event in events(opened) if event.call == "send"]
        assert len(set(threads)) == 3 and None not in threads
        assert threads == threads[:3] * 4, "in turns, and each step one of them"
        steps = [event.step for event in events(opened) if event.call == "send"]
        assert steps == list(range(steps[0] or 0, (steps[0] or 0) + 12))


def test_a_thread_that_sleeps_is_told_while_another_stands(tmp_path: Path) -> None:
    text = """
import socket, threading
a, b = socket.socketpair()
threading.Thread(target=a.recv, args=(9,), daemon=True).start()
b.getpeername(); b.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 9999)
b.shutdown(socket.SHUT_RD); b.send(b"x")
"""
    with lab(script(tmp_path, text)) as opened:
        until(opened, lambda: any(event.phase == "enter" for event in events(opened)))
        told = next(event for event in events(opened) if event.phase == "enter")
        assert (told.call, told.fd) == ("recv", 3) and told.tid is not None
        upcoming = opened.trace.announced["program"]
        assert upcoming.tid is None and upcoming.call in ("setsockopt", "shutdown", "send")


def test_clients_wait_for_a_program_that_listens_late(tmp_path: Path) -> None:
    late = "import runpy, sys, time\ntime.sleep(1.2)\nrunpy.run_path(" + repr(str(PROGRAMS / "poll_echo.py")) + ")\n"
    with lab(script(tmp_path, late), clients=TWICE) as opened:
        assert play_out(opened) is None and echoes(opened) == [True, True]


SEVERAL = """
import select, socket
socks = listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
socks = list(listeners)
while True:
    for s in select.select(socks, [], [])[0]:
        if s in listeners: socks.append(s.accept()[0])
        elif data := s.recv(99): s.sendall(data)
"""


def test_of_several_listeners_the_first_is_taken_and_told(tmp_path: Path) -> None:
    with lab(script(tmp_path, SEVERAL), clients=TWICE) as opened:
        assert play_out(opened) is None and echoes(opened) == [True, True]
        ports = opened.lanes[0].reach.ports()
        assert opened.lanes[0].port == ports[0] and len(ports) == 2
        assert opened.conductor.notes == [
            f"server.py listens on ports {ports[0]}, {ports[1]}: clients go to {ports[0]}, --port chooses another"
        ]
        assert [event.note for event in events(opened) if event.note] == opened.conductor.notes


def test_a_port_that_nobody_listens_on_is_said(tmp_path: Path) -> None:
    with lab(script(tmp_path, SEVERAL), clients=TWICE, port=1) as opened:
        assert "does not listen on port 1, but on TCP port" in (play_out(opened) or "")


def test_a_server_that_spins_still_meets_its_clients(tmp_path: Path) -> None:
    spins = """
import socket
s = socket.create_server(("127.0.0.1", 0)); s.setblocking(False)
conns = []
while True:
    try: conns.append(s.accept()[0]); conns[-1].setblocking(False)
    except BlockingIOError: pass
    for c in conns:
        try: c.send(c.recv(99))
        except BlockingIOError: pass
"""
    with lab(script(tmp_path, spins), clients=TWICE) as opened:
        assert play_out(opened) is None and echoes(opened) == [True, True]


def test_two_programs_meet_the_same_clients(tmp_path: Path) -> None:
    text = (PROGRAMS / "epoll_echo.py").read_text().replace("select.EPOLLIN)\n        elif", "EDGE)\n        elif")
    text = text.replace("EDGE", "select.EPOLLIN | select.EPOLLET").replace("import select", "import select ", 1)
    wrong = script(tmp_path / "before", text.replace("recv(4096)", "recv(4)"))
    right = script(tmp_path / "after", text)
    with lab(wrong, right, clients=CATALOGUE["partial-read"]) as opened:
        assert [lane.name for lane in opened.lanes] == ["before", "after"]
        assert play_out(opened) is None
        back = {event.lane: event.ret for event in events(opened) if "as_sent" in event.args}
        assert back == {"before": 8, "after": 16} and echoes(opened) == [False, True]
        unread = {name: lane.of_client("A").unread for name, lane in opened.trace.now.lanes.items()}  # type: ignore[union-attr]
        assert unread == {"before": 8, "after": 0}


def test_names_of_lanes() -> None:
    def names(*commands: list[str]) -> list[str]:
        return [program.info.lane for program in programs(commands)]

    assert names(["a.py"]) == ["program"]
    assert names(["a.py", "-v"], ["b.py"], ["-m", "http.server"]) == ["a", "b", "http"]
    assert names(["old/server.py"], ["new/server.py"]) == ["old", "new"]
    assert names(["x/server.py"], ["x/server.py"]) == ["x 1", "x 2"]


def test_which_scenarios_fit() -> None:
    assert set(CATALOGUE) - set(fitting(CATALOGUE)) == {"refused", "fd-limit", "crowd", "files-and-pipes", "herd"}
    assert all(misfit(CATALOGUE[name]) for name in ("herd", "crowd", "refused"))
    for name in fitting(CATALOGUE):
        made = for_any_server(CATALOGUE[name])
        assert made.beats[: len(CATALOGUE[name].beats)] == CATALOGUE[name].beats
        assert all(len(beat.label) <= 24 for beat in made.beats[len(CATALOGUE[name].beats) :])
    assert for_any_server(CATALOGUE["partial-read"]).beats[-1].acts[0].expect == b"hello, worldmore"


READER = """
import socket
print("hello", input("name? "))
for line in iter(input, "quit"): print("said", line)
a, b = socket.socketpair()
"""


def test_a_program_that_reads_its_input_says_so_and_is_typed_into(tmp_path: Path) -> None:
    with lab(script(tmp_path, READER)) as opened:
        conductor = opened.conductor
        until(opened, lambda: conductor.status()["program"].place == "input")
        assert conductor.type("program", b"Ann\n")
        until(opened, lambda: "name? hello Ann" in opened.output.tail("program"))
        assert conductor.type("program", b"quit\n")
        until(opened, lambda: any(event.call == "socketpair" for event in events(opened)))
        acts = [event for event in events(opened) if event.action]
        assert [event.action for event in acts] == ["You type 4 bytes", "You type 5 bytes"]
        assert all(event.args == {"by": "hand", "lanes": ["program"]} for event in acts)


def test_the_end_of_its_input_is_an_end_of_file(tmp_path: Path) -> None:
    with lab(script(tmp_path, READER)) as opened:
        until(opened, lambda: opened.conductor.status()["program"].place == "input")
        assert opened.conductor.type("program", b"")
        until(opened, lambda: opened.lanes[0].exited)
        last = events(opened)[-1].exit
        assert last is not None and "EOFError" in (last.traceback or "")
        assert not opened.conductor.type("program", b"more\n")


WATCHED = """
import collections, queue, select, socket
class Sly:
    def __len__(self): raise SystemExit("a method of the program's own was called")
class Server:
    __slots__ = ("buffers", "waiting")
    def __init__(self): self.buffers, self.waiting = {}, collections.defaultdict(queue.Queue)
    @property
    def trap(self): raise SystemExit("a property was read")
    def serve(self):
        listener = socket.create_server(("127.0.0.1", 0))
        conn = listener.accept()[0]
        self.buffers[conn] = bytearray()
        self.waiting[conn.fileno()].put("one")
        self.waiting[listener] = Sly()
        while data := conn.recv(4):
            self.buffers[conn] += data
            conn.sendall(data)
server = Server()
trap = server
server.serve()
"""


def test_watched_mappings_are_seen_by_fd_and_nothing_of_the_programs_is_run(tmp_path: Path) -> None:
    names = ("buffers", "server.waiting", "server.trap", "nowhere.at.all")
    with lab(script(tmp_path, WATCHED), clients=TWICE, watch=names) as opened:
        assert play_out(opened) is None and echoes(opened) == [True, True]
        conn = opened.trace.now.lanes["program"].of_client("A")
        assert conn is not None and conn.queues.kept == {"buffers": 16, "server.waiting": 1}
        seen = [
            event.queues[str(conn.fd)].kept["buffers"]
            for event in events(opened)
            if str(conn.fd) in event.queues and "buffers" in (event.queues[str(conn.fd)].kept or {})
        ]
        assert seen == sorted(seen) and {0, 4, 8, 12, 16} <= set(seen)


@pytest.mark.parametrize(
    ("text", "line", "last"),
    [
        ("import socket\nraise ValueError('boom')\n", 2, "ValueError: boom"),
        ("import socket\ndef f(:\n", 2, "SyntaxError: invalid syntax"),
        ("import no_such_module\n", 1, "ModuleNotFoundError: No module named 'no_such_module'"),
    ],
)
def test_a_script_that_fails_before_any_call_shows_where(text: str, line: int, last: str, tmp_path: Path) -> None:
    path = script(tmp_path, text)
    with lab(path, clients=TWICE) as opened:
        assert play_out(opened) == "server.py ended before the clients were done: 0 of 5 client actions were made"
        end = events(opened)[-1].exit
        assert end is not None and end.status == 1 and (end.traceback or "").rstrip().endswith(last)
        assert opened.trace.sources[str(path)] == text
        shown = draw(opened.trace, len(opened.trace) - 1, (120, 36), View(focus="program")).text()
        assert f"{line}►" in shown and last in shown


@pytest.mark.parametrize(
    ("text", "status", "signal"),
    [
        ("import sys; sys.exit(3)", 3, None),
        ("import os; os._exit(4)", 4, None),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", None, "SIGSEGV"),
        ("raise KeyboardInterrupt", None, "SIGINT"),
        ("import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()", 0, None),
    ],
)
def test_every_end_ends_the_lane_and_is_told(text: str, status: int | None, signal: str | None, tmp_path: Path) -> None:
    with lab(script(tmp_path, text)) as opened:
        until(opened, lambda: opened.lanes[0].exited)
        end = events(opened)[-1].exit
        assert end is not None and (end.status, end.signal, end.by) == (status, signal, None)
        assert opened.conductor.status()["program"].place == "ended"
