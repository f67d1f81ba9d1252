"""Lanes that fork, are killed, lose their muxviz, close everything, or handle signals while they are held."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from muxviz.events import Event
from muxviz.sources.ring.lane_reader import Mode, Where
from tests.probe.lanes import Lane, observed
from tests.waiting import LIMIT_SECONDS, within

PAIR = "import os, select, signal, socket, sys, threading, time\na, b = socket.socketpair()\n"


def script(tmp_path: Path, body: str) -> list[str]:
    file = tmp_path / "program.py"
    file.write_text(PAIR + body)
    return [str(file)]


def told(events: list[Event]) -> list[tuple[str | None, int | None]]:
    return [(event.call, event.ret) for event in events]


def asleep_in(lane: Lane, call: str) -> Event:
    """Wait until the lane sleeps in that call."""
    for _ in within(lambda: f"in {call}: {lane.link.where}, {lane.events[-3:]}"):
        entered = lane.link.entered()
        if entered is not None and entered.call == call:
            break
        lane.bell.wait(0.005)
    return entered


def test_records_survive_sigkill(tmp_path: Path) -> None:
    program = script(tmp_path, "for n in range(100): a.send(b'x' * n)\nos.kill(os.getpid(), signal.SIGKILL)")
    done = observed(program, Mode.RECORD)
    assert done.status == -signal.SIGKILL
    assert [event.ret for event in done.events if event.call == "send"] == list(range(100))


def test_os_exit_loses_nothing(tmp_path: Path) -> None:
    done = observed(script(tmp_path, "a.send(b'x')\nos._exit(3)"), Mode.RECORD)
    assert done.status == 3
    assert told(done.events)[-1] == ("send", 1)


@pytest.mark.parametrize("mode", [Mode.RECORD, Mode.HELD])
def test_a_child_is_let_go(mode: Mode, tmp_path: Path) -> None:
    body = """
pid = os.fork()
if pid == 0:
    for n in range(2000):
        a.send(b'child'); b.recv(5)
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
a.send(b"parent")
"""
    done = observed(script(tmp_path, body), mode)
    assert done.out == "7\n", done.err
    fork = next(event for event in done.events if event.call == "fork")
    assert fork.note == f"child {fork.ret} let go: it runs untraced"
    assert told(done.events)[:3] == [("socketpair", 0), ("fork", fork.ret), ("send", 6)]
    assert {event.pid for event in done.events} == {done.events[0].pid}


def test_multiprocessing_and_subprocess_children(tmp_path: Path) -> None:
    body = """
import multiprocessing, subprocess
def work(n): s, t = socket.socketpair(); s.send(b'x' * n); return len(t.recv(100))
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool: print(pool.map(work, [3, 4, 5]))
    print(subprocess.run([sys.executable, "-c", "print(6)"], capture_output=True, text=True).stdout)
    print(subprocess.run(["true"], preexec_fn=lambda: a.send(b"x")).returncode, b.recv(9))
"""
    done = observed(script(tmp_path, body), Mode.RECORD)
    assert done.out == "[3, 4, 5]\n6\n\n0 b'x'\n", done.err
    assert not any(event.call == "send" and event.ret in (3, 4, 5) for event in done.events)


def test_threads(tmp_path: Path) -> None:
    body = """
def work(n):
    s, t = socket.socketpair()
    for _ in range(200): s.send(b'x' * n); t.recv(100)
threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 5)]
for t in threads: t.start()
for t in threads: t.join()
"""
    for mode in (Mode.RECORD, Mode.HELD):
        done = observed(script(tmp_path, body), mode)
        assert done.status == 0, done.err
        sends = [event for event in done.events if event.call == "send"]
        assert sorted(event.ret or 0 for event in sends) == sorted([1, 2, 3, 4] * 200)
        assert len({event.tid for event in sends}) == 4


@pytest.mark.parametrize("mode", [Mode.RECORD, Mode.HELD])
def test_a_signal_handler_that_makes_calls(mode: Mode, tmp_path: Path) -> None:
    body = """
count = 0
def handler(number, frame):
    global count
    count += 1
    b.send(b'from the handler')
    a.recv(100)
    signal.setitimer(signal.ITIMER_REAL, 0.002 if count < 25 else 0)
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.002)
c, d = socket.socketpair()
sent = 0
while count < 25 or sent < 50:
    c.send(b'main')
    d.recv(100)
    sent += 1
print(count, sent)
"""
    done = observed(script(tmp_path, body), mode)
    assert done.status == 0, done.err
    count, sent = map(int, done.out.split())
    sends = [event.ret for event in done.events if event.call == "send"]
    assert (sends.count(16), sends.count(4)) == (count, sent)


def test_a_signal_handler_of_a_lane_at_the_gate(tmp_path: Path) -> None:
    body = "signal.signal(signal.SIGUSR1, lambda *a: b.send(b'handler'))\na.send(b'main')\nprint(a.recv(9), b.recv(9))"
    with Lane(script(tmp_path, body), Mode.HELD) as lane:
        assert lane.stand()
        lane.step()
        assert lane.stand()
        announced = lane.link.announced()
        assert announced is not None and (announced.call, announced.args) == ("send", {"size": 4})
        serial = lane.link.serial
        os.kill(lane.process.pid, signal.SIGUSR1)
        while lane.link.serial == serial:
            lane.bell.wait(0.01)
        announced = lane.link.announced()
        assert announced is not None and announced.args == {"size": 7}
        done = lane.play()
    assert [event.ret for event in done.events if event.call == "send"] == [7, 4]
    assert done.out == "b'handler' b'main'\n"


def test_the_program_may_close_everything(tmp_path: Path) -> None:
    body = """
os.closerange(3, 4096)
r, w = os.pipe()
print(r, w)
s, t = socket.socketpair()
s.send(b'still here')
print(s.fileno(), t.recv(20), sorted(map(int, os.listdir("/proc/self/fd"))))
a.detach(), b.detach()
"""
    done = observed(script(tmp_path, body), Mode.RECORD)
    assert done.out == "3 4\n5 b'still here' [0, 1, 2, 3, 4, 5, 6, 7]\n", done.err
    closes = [(event.fd, event.args) for event in done.events if event.call == "close"]
    assert closes[:2] == [(3, {"range": True}), (4, {"range": True})]
    assert [event.ret for event in done.events if event.call == "send"] == [10]


def test_a_lane_asleep_ends_with_muxviz(tmp_path: Path) -> None:
    """SIGKILL of the process that started it, while the lane sleeps in epoll_wait."""
    program = script(tmp_path, "ep = select.epoll()\nep.register(a, select.EPOLLIN)\nep.poll()")
    parent = f"""
import sys, time
from muxviz.sources.ring.lane_reader import Mode, Where
from tests.probe.lanes import Lane
lane = Lane({program!r}, Mode[sys.argv[1]])
while lane.link.where is not (Where.GATE if sys.argv[1] == "HELD" else Where.CALL): time.sleep(0.001)
print(lane.process.pid, lane._directory, lane.bell.name, flush=True)
time.sleep(60)
"""
    for mode in ("RECORD", "HELD"):
        muxviz = subprocess.Popen([sys.executable, "-c", parent, mode], stdout=subprocess.PIPE, text=True)
        assert muxviz.stdout is not None
        pid, directory, bell = muxviz.stdout.readline().split()
        lane = os.pidfd_open(int(pid))
        assert list(Path(directory).iterdir()) == []
        muxviz.kill()
        muxviz.communicate()
        poller = select.poll()
        poller.register(lane, select.POLLIN)
        assert poller.poll(LIMIT_SECONDS * 1000), "the lane outlived its muxviz"
        os.close(lane)
        Path(directory).rmdir()
        Path("/dev/shm/sem." + bell[1:]).unlink()


def test_its_end_is_told(tmp_path: Path) -> None:
    done = observed(script(tmp_path, "def f():\n    a.send('text')\nf()"), Mode.RECORD)
    ends = [event for event in done.events if event.exit is not None]
    assert len(ends) == 1 and ends[0].exit is not None and ends[0].exit.status == 1
    assert ends[0].exit.traceback is not None
    assert done.err == ends[0].exit.traceback
    assert "muxviz" not in done.err
    closes = [(event.fd, event.args) for event in done.events if event.call == "close"]
    assert closes == [(3, {"gc": True}), (4, {"gc": True})]


def test_a_forgotten_socket_is_closed_when_it_would_have_been(tmp_path: Path) -> None:
    body = "s = socket.socket()\nprint(s.fileno())\ndel s\nprint(os.open('/dev/null', 0))"
    done = observed(script(tmp_path, body), Mode.HELD)
    assert done.out == "5\n5\n"
    close = next(event for event in done.events if event.call == "close")
    assert (close.fd, close.args) == (5, {"gc": True})


def test_where_it_stands(tmp_path: Path) -> None:
    body = """
message_queues = {a: [b'one', b'three']}
poller = select.poll()
poller.register(a, select.POLLIN)
poller.poll()
a.recv(3)
"""
    with Lane(script(tmp_path, body), Mode.HELD) as lane:
        assert lane.stand()  # socketpair
        lane.step()
        assert lane.stand()
        announced = lane.link.announced()
        assert announced is not None
        assert (announced.call, announced.is_wait, announced.told) == ("poll", True, False)
        assert announced.args == {"interest": [[3, "IN"]], "timeout": -1}
        assert announced.at == (str(tmp_path / "program.py"), 7)
        lane.link.grant()
        entered = asleep_in(lane, "poll")
        assert (entered.phase, entered.args) == ("enter", announced.args)
        assert lane.link.where is Where.CALL
        lane.link.mode = Mode.RECORD
        lane.link.mode = Mode.HELD
        asleep_in(lane, "poll")
    assert lane.link.pending_bytes() == 0


def test_let_go_and_held_again(tmp_path: Path) -> None:
    body = """
import mmap
with open(sys.argv[1], "r+b") as file: rounds = mmap.mmap(file.fileno(), 8)
while True:
    a.send(b'x'); b.recv(1)
    rounds[:8] = (int.from_bytes(rounds[:8], "little") + 1).to_bytes(8, "little")
"""
    counted = tmp_path / "rounds"
    counted.write_bytes(bytes(8))

    def rounds() -> int:
        return int.from_bytes(counted.read_bytes(), "little")

    with Lane([*script(tmp_path, body), str(counted)], Mode.HELD) as lane:
        for mode in (Mode.RECORD, Mode.FREE, Mode.RECORD):
            assert lane.stand()
            lane.collect()
            before, count = rounds(), len(lane.events)
            lane.link.mode = mode
            for _ in within("it goes round and round, without a token"):
                lane.collect()
                if rounds() > before + 100:
                    break
            lane.collect()
            assert mode is Mode.FREE or len(lane.events) > count + 100
            lane.link.mode = Mode.HELD
            while lane.stand() and lane.link.where is not Where.GATE:
                lane.collect()
            lane.collect()
            for _ in range(4):
                serial, count = lane.link.serial, len(lane.events)
                lane.link.grant()
                for _ in within("it stands again"):
                    if lane.link.serial > serial and lane.link.where is Where.GATE:
                        break
                lane.collect()
                assert len(lane.events) == count + 1, "held is held: a token is one call"


def test_looks_while_held(tmp_path: Path) -> None:
    body = """
message_queues = {a: [b'one', b'three'], b.fileno(): b'four'}
listener = socket.socket(); listener.bind(('127.0.0.1', 0)); listener.listen(7)
client = socket.create_connection(listener.getsockname())
server, _ = listener.accept()
client.send(b'12345')
server.recv(2)
client.close()
"""
    done = observed(script(tmp_path, body), Mode.HELD)
    queues = {event.call: event.queues for event in done.events}
    assert queues["listen"]["5"].backlog == 7
    assert queues["connect"]["5"].accepts == 1 and queues["connect"]["5"].level == "IN"
    assert queues["accept"]["5"].accepts == 0
    assert queues["accept"]["7"].tcp == "ESTABLISHED" and queues["accept"]["7"].level == "OUT"
    assert queues["send"]["7"].recv == 5 and queues["send"]["7"].level == "IN|OUT"
    assert queues["recv"]["7"].recv == 3
    own = next(event.queues for event in done.events if event.call == "socket")
    assert (own["3"].queued, own["3"].messages) == (8, 2)
    assert (own["4"].queued, own["4"].messages) == (4, 1)
    ends = [event.queues["7"] for event in done.events if event.call == "close" and "7" in event.queues]
    assert ends[0].tcp == "CLOSE_WAIT" and ends[0].level == "IN|OUT|RDHUP"


def test_calls_by_name(tmp_path: Path) -> None:
    body = """
a.settimeout(0.01)
try: a.recv(1)
except TimeoutError: pass
b.sendall(b'x' * 10); a.recv_into(bytearray(4)); a.recv(3, socket.MSG_PEEK)
u = socket.socket(type=socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0)); u.sendto(b'abc', u.getsockname()); u.recvfrom(10)
u.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
a.sendmsg([b'ab', b'c']); b.recvmsg(10); os.write(a.fileno(), b'xy'); os.read(b.fileno(), 5)
a.shutdown(socket.SHUT_WR)
ep = select.epoll(); ep.register(a, select.EPOLLIN | select.EPOLLET); ep.modify(a, 0); ep.unregister(a)
try: ep.unregister(a)
except OSError: pass
ep.poll(0.0015, 5)
select.select([a], [a], [], 0)
"""
    done = observed(script(tmp_path, body), Mode.RECORD)
    assert done.status == 0, done.err
    said = [(event.call, event.ret, event.error, event.args) for event in done.events]
    for expected in (
        ("recv", -1, "timeout", {"size": 1, "timeout_s": 0.01}),
        ("send", 10, None, {"size": 10, "all": True}),
        ("recv", 4, None, {"size": 4, "timeout_s": 0.01}),
        ("recv", 3, None, {"size": 3, "flags": "MSG_PEEK", "timeout_s": 0.01}),
        ("socket", 5, None, {"family": "AF_INET", "type": "SOCK_DGRAM"}),
        ("sendto", 3, None, {"size": 3}),
        ("recvfrom", 3, None, {"size": 10}),
        ("setsockopt", 0, None, {"level": "SOL_SOCKET", "option": "SO_REUSEADDR", "value": 1}),
        ("sendmsg", 3, None, {"size": 3, "timeout_s": 0.01}),
        ("recvmsg", 3, None, {"size": 10}),
        ("write", 2, None, {"size": 2}),
        ("read", 2, None, {"size": 5}),
        ("shutdown", 0, None, {"how": "WR"}),
        ("epoll_ctl", 0, None, {"op": "ADD", "fd": 3, "events": "IN|ET"}),
        ("epoll_ctl", 0, None, {"op": "MOD", "fd": 3, "events": ""}),
        ("epoll_ctl", -1, "ENOENT", {"op": "DEL", "fd": 3}),
        ("epoll_wait", 0, None, {"timeout": 2, "maxevents": 5}),
        ("select", 2, None, {"interest": [[3, "R|W"]], "timeout": 0}),
    ):
        assert expected in said, (expected, said)
    assert done.events[-1].ready is None or done.events[-1].call == "close"


def test_lines(tmp_path: Path) -> None:
    body = """
import selectors
sel = selectors.DefaultSelector()
sel.register(a, selectors.EVENT_WRITE)
sel.select(0)
"""
    done = observed(script(tmp_path, body), Mode.RECORD)
    wait = next(event for event in done.events if event.call == "epoll_wait")
    assert wait.at == (str(tmp_path / "program.py"), 7)
    assert wait.via is not None and wait.via[0].endswith("selectors.py")
    pair = done.events[0]
    assert (pair.call, pair.at, pair.via) == ("socketpair", (str(tmp_path / "program.py"), 2), None)
