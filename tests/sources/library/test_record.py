"""`muxviz.record` around code of one's own: what it sees, what it leaves alone, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import muxviz
from muxviz.events import Event, Source
from muxviz.recording import RecordingError, load, recover
from muxviz.sources.library import observer
from muxviz.sources.outside import proc
from tests.waiting import LIMIT_SECONDS, until, within


def python(code: str, directory: Path, *args: str, status: int = 0) -> str:
    """Run a program that is its own; its standard output."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code), *args]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS)
    assert done.returncode == status, done.stderr
    return done.stdout


def calls(recorded: muxviz.Recorded) -> list[str]:
    return [event.call for event in recorded.events if event.call is not None and event.phase is None]


def serve(listener: socket.socket, size: int) -> None:
    """An edge-triggered server of one connection that reads so much a report."""
    conn, _ = listener.accept()
    with contextlib.suppress(ConnectionError), conn, select.epoll() as poller:
        conn.setblocking(False)
        poller.register(conn, select.EPOLLIN | select.EPOLLET)
        while True:
            for _fd, _events in poller.poll():
                data = conn.recv(size)
                if not data:
                    return
                conn.send(data)


def visit(size: int, recorded: muxviz.Recorded | None = None) -> None:
    """A client of such a server, which is a thread of this process."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener, size), daemon=True)
        thread.start()
        with socket.create_connection(listener.getsockname()) as client:
            client.sendall(b"hello, world")
            assert client.recv(4, socket.MSG_WAITALL) == b"hell"
            if recorded is not None:
                asleep(thread)
                recorded.stop()
            client.shutdown(socket.SHUT_WR)
        thread.join()


def asleep(thread: threading.Thread) -> None:
    """Return when the thread sleeps in a call, and not on the interpreter's lock."""
    until(lambda: proc.asleep(os.getpid(), thread.native_id), "it sleeps", 0.001)


# --- what it sees ----------------------------------------------------------------------------------------------------


def test_a_broken_server_is_found_and_a_right_one_is_right(tmp_path: Path) -> None:
    with muxviz.record(tmp_path / "broken.muxviz") as recorded:
        visit(4, recorded)
    (found,) = recorded.findings
    assert (found.rule, found.surety) == ("stranded-data", "certain")
    assert found.place is not None and found.place.text == "data = conn.recv(size)"
    assert str(found).startswith(f"{found.place.file}:{found.place.line}: certain: stranded data on fd ")
    with muxviz.record(tmp_path / "right.muxviz") as recorded:
        visit(65536)
    assert recorded.findings == []
    assert {"accept", "epoll_create", "epoll_ctl", "epoll_wait", "recv", "send", "close"} <= set(calls(recorded))


def test_the_recording_is_one_like_any_other(tmp_path: Path) -> None:
    with muxviz.record(tmp_path / "x.muxviz", title="mine") as recorded:
        visit(65536)
    assert recorded.path == tmp_path / "x.muxviz"
    trace = load(recorded.path)
    assert trace.header.source == Source(kind="run", title="mine", by="library")
    assert [trace[n] for n in range(len(trace))] == recorded.events
    assert recover(recorded.path).whole
    trace.close()


def test_payload_and_queues_are_asked_for(tmp_path: Path) -> None:
    left, right = socket.socketpair()
    for payload in (False, True):
        with muxviz.record(tmp_path / f"{payload}.muxviz", payload=payload) as recorded:
            left.send(b"secret")
            right.recv(64)
        assert [event.data for event in recorded.events if event.call == "recv"] == ["secret" if payload else None]
    left.close()
    right.close()


def test_asyncio_inside(tmp_path: Path) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(100))
        writer.close()
        await writer.wait_closed()

    async def main() -> bytes:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello")
            answer = await reader.read(100)
            writer.close()
            await writer.wait_closed()
        return answer

    with muxviz.record(tmp_path / "x.muxviz") as recorded:
        assert asyncio.run(main()) == b"hello"
    seen = Counter(calls(recorded))
    assert seen["accept"] >= 1 and seen["recv"] >= 2 and seen["send"] >= 2 and seen["epoll_wait"] >= 3
    assert recorded.findings == []


def test_an_event_loop_that_was_made_before(tmp_path: Path) -> None:
    loop = asyncio.new_event_loop()
    real = type(loop._selector._selector)  # type: ignore[attr-defined]
    with muxviz.record(tmp_path / "x.muxviz") as recorded:
        loop.run_until_complete(asyncio.sleep(0.01))
    assert "epoll_wait" in calls(recorded)
    assert type(loop._selector._selector) is real  # type: ignore[attr-defined]
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


@pytest.mark.parametrize("kind", [selectors.EpollSelector, selectors.PollSelector, selectors.SelectSelector])
def test_a_selector_that_was_made_before(kind: Any, tmp_path: Path) -> None:
    left, right = socket.socketpair()
    with kind() as selector:
        selector.register(right, selectors.EVENT_READ)
        with muxviz.record(tmp_path / "x.muxviz") as recorded:
            left.send(b"x")
            assert [key.fd for key, _ in selector.select()] == [right.fileno()]
            selector.modify(right, selectors.EVENT_WRITE)
        assert [key.fd for key, _ in selector.select()] == [right.fileno()]
    waits = [event for event in recorded.events if event.ready]
    assert [pair[0] for event in waits for pair in event.ready or ()] == [right.fileno()]
    if kind is selectors.PollSelector:
        assert waits[0].args["interest"] == [[right.fileno(), "IN"]]
    left.close()
    right.close()


def test_names_that_were_imported_before_and_inside(tmp_path: Path) -> None:
    """`from select import epoll` in a module that was there, and in one that comes inside of the block."""
    for name in ("before", "inside"):
        (tmp_path / f"{name}.py").write_text(
            "from select import epoll, poll, select\nfrom os import close, read\nfrom socket import dup\n"
        )
    out = python(
        """
        import muxviz, os, select, selectors, socket, sys
        sys.path.insert(0, ".")
        import before
        def there(): return (
            select.select, select.poll, select.epoll, os.read, os.close, os.fork, socket.dup, socket.socketpair,
            selectors.EpollSelector._selector_cls, selectors.PollSelector._selector_cls,
            selectors.SelectSelector._select, dict(vars(socket.socket)))
        def names(module): return {name: value for name, value in vars(module).items() if name[0] != "_"}
        original, held = there(), names(before)
        left, right = socket.socketpair()
        with muxviz.record("x.muxviz") as recorded:
            import inside
            assert there() != original
            for module in (before, inside):
                poller = module.epoll(); poller.register(right, 1); poller.poll(0); poller.close()
                poller = module.poll(); poller.register(right, 1); poller.poll(0)
                module.select([right], [], [], 0)
                fd = module.dup(right.fileno()); module.close(fd)
        assert there() == original
        assert names(before) == held == names(inside)
        print([event.call for event in recorded.events if event.call])
        """,
        tmp_path,
    )
    each = ["epoll_create", "epoll_ctl", "epoll_wait", "close", "poll", "select", "dup", "close"]
    assert out == f"{each * 2}\n"


def test_what_outlives_the_block_works_on(tmp_path: Path) -> None:
    left, right = socket.socketpair()
    with muxviz.record(tmp_path / "one.muxviz"):
        edge, level, receive = select.epoll(), select.poll(), right.recv
        edge.register(right, select.EPOLLIN)
        level.register(right, select.POLLIN)
    left.send(b"abc")
    assert edge.poll(0) == level.poll(0) == [(right.fileno(), 1)]
    assert receive(1) == b"a"
    with muxviz.record(tmp_path / "two.muxviz") as recorded:
        assert edge.poll(0) == level.poll(0) == [(right.fileno(), 1)]
        assert receive(1) == b"b"
    assert calls(recorded) == ["epoll_wait", "poll", "recv"]
    edge.close()
    left.close()
    right.close()


# --- what it leaves alone --------------------------------------------------------------------------------------------

NUMBERS = """
    import contextlib, select, socket, sys
    import muxviz
    def numbers():
        found = []
        for _ in range(200):
            with socket.socket() as one, select.epoll() as two, open("/dev/null") as three:
                left, right = socket.socketpair()
                found.append((one.fileno(), two.fileno(), three.fileno(), left.fileno(), right.fileno()))
                left.close(); right.close()
        return found
    with muxviz.record("x.muxviz") if sys.argv[1:] else contextlib.nullcontext():
        print(numbers())
"""


def test_descriptors_have_the_numbers_that_they_would_have(tmp_path: Path) -> None:
    assert python(NUMBERS, tmp_path, "recorded") == python(NUMBERS, tmp_path)


def test_nothing_is_left_open_and_no_memory(tmp_path: Path) -> None:
    out = python(
        """
        import muxviz, os, socket
        def held():
            words = open("/proc/self/statm").read().split()
            return os.listdir("/proc/self/fd"), int(words[1])
        def record(n):
            with muxviz.record(f"{n}.muxviz"):
                left, right = socket.socketpair()
                for _ in range(10_000): left.send(b"x"); right.recv(1)
                left.close(); right.close()
        record(0)
        before = held()
        for n in range(1, 9): record(n)
        after = held()
        assert after[0] == before[0]
        print((after[1] - before[1]) * os.sysconf("SC_PAGESIZE"))
        """,
        tmp_path,
    )
    assert int(out) < 4 << 20, "eight rings of a megabyte were given back"


def test_importing_muxviz_is_light(tmp_path: Path) -> None:
    out = python("import sys, muxviz; print(sorted(m for m in sys.modules if 'muxviz' in m))", tmp_path)
    assert out == "['muxviz']\n"
    out = python(
        "import sys, muxviz; muxviz.record; print({'textual', 'rich', 'msgspec'} & set(sys.modules))", tmp_path
    )
    assert out == "set()\n"
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = muxviz.nonsense


def test_the_gate_and_the_names_are_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, str]] = []
    start = observer._start_reader

    def started(path: Path, title: str, payload: int) -> tuple[subprocess.Popen[bytes], dict[str, str]]:
        process, names = start(path, title, payload)
        made.append(names)
        return process, names

    monkeypatch.setattr(observer, "_start_reader", started)
    with muxviz.record(tmp_path / "x.muxviz"):
        socket.socket().close()
    (names,) = made
    assert not Path(names["ring"]).parent.exists()
    assert not [name for name in ("token", "bell") if Path(f"/dev/shm/sem.{names[name].lstrip('/')}").exists()]


# --- how it ends -----------------------------------------------------------------------------------------------------


def test_an_exception_passes_through_and_the_recording_is_whole(tmp_path: Path) -> None:
    error = ValueError("mine")
    with pytest.raises(ValueError) as caught, muxviz.record(tmp_path / "x.muxviz") as recorded:
        socket.socket().close()
        raise error
    assert caught.value is error and not hasattr(error, "__notes__")
    assert recover(recorded.path).whole
    assert calls(recorded) == ["socket", "close"]


def test_a_traceback_has_no_frame_of_ours(tmp_path: Path) -> None:
    left, right = socket.socketpair()
    left.setblocking(False)
    with pytest.raises(BlockingIOError) as caught, muxviz.record(tmp_path / "x.muxviz"):
        left.recv(1)
    assert [entry.path for entry in caught.traceback] == [Path(__file__)]
    left.close()
    right.close()


def test_one_at_a_time(tmp_path: Path) -> None:
    with muxviz.record(tmp_path / "one.muxviz") as recorded:
        with pytest.raises(RecordingError, match="recorded once at a time"), muxviz.record(tmp_path / "two.muxviz"):
            pass
        with pytest.raises(RecordingError, match="still being recorded"):
            _ = recorded.findings
        socket.socket().close()
    assert not (tmp_path / "two.muxviz").exists()
    assert calls(recorded) == ["socket", "close"]
    with pytest.raises(RecordingError, match="was recorded already"), recorded:
        pass
    with pytest.raises(RecordingError, match="exists"), muxviz.record(recorded.path):
        pass
    with muxviz.record(tmp_path / "two.muxviz") as recorded:
        pass
    assert recorded.events == []


@pytest.mark.parametrize("path", ["/nonexistent/x.muxviz", "/proc/x.muxviz", "/"])
def test_what_cant_be_recorded_to_is_one_error(path: str) -> None:
    before = select.epoll
    with pytest.raises(RecordingError, match=r"can't record to|exists"), muxviz.record(path):
        raise AssertionError
    assert select.epoll is before


def test_under_muxviz_run_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("import muxviz\nwith muxviz.record('x.muxviz'): pass\n")
    command = [sys.executable, "-m", "muxviz", "run", "--headless", "x.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith("observed already, by muxviz run\n")


def test_a_forked_child_goes_on_unobserved(tmp_path: Path) -> None:
    """It comes out of the block too, and may record by itself."""
    out = python(
        """
        import muxviz, os, socket
        with muxviz.record("x.muxviz") as recorded:
            socket.socket().close()
            child = os.fork()
            socket.socket().close()
            if child:
                assert os.waitpid(child, 0)[1] == 0
            else:
                with muxviz.record("child.muxviz") as own:
                    socket.socketpair()[0].close()
                assert [event.call for event in own.events if event.call][0] == "socketpair"
        if child:
            print([event.call for event in recorded.events if event.call])
        else:
            os._exit(0)
        """,
        tmp_path,
    )
    assert out == "['socket', 'close', 'fork', 'socket', 'close']\n"


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), signal.SIGKILL)", "os._exit(9)"])
def test_what_a_killed_process_did_is_in_the_file(end: str, tmp_path: Path) -> None:
    status = -9 if "kill" in end else 9
    python(
        f"""
        import muxviz, os, signal, socket
        with muxviz.record("x.muxviz"):
            for _ in range(1000): socket.socket().close()
            {end}
        """,
        tmp_path,
        status=status,
    )
    for _ in within("the reader, which lives on, has finished the file"):
        if (found := recover(tmp_path / "x.muxviz")).whole:
            break
        found.trace.close()
        time.sleep(0.01)
    events = [found.trace[n] for n in range(len(found.trace))]
    assert sum(event.call == "close" for event in events) == 1000
    assert events[-1].note == "the process ended inside of the recorded block"
    found.trace.close()


def test_a_reader_that_is_killed_costs_the_recording_and_not_the_program(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="was not finished"), muxviz.record(tmp_path / "x.muxviz") as recorded:
        assert recorded._observer is not None
        recorded._observer._reader.send_signal(signal.SIGKILL)
        left, right = socket.socketpair()
        for _ in range(50_000):  # more than a ring holds
            left.send(b"x")
            right.recv(1)
        left.close()
        right.close()
    assert select.epoll is not None and not recorded.under_way


def test_an_error_of_the_block_is_not_hidden_by_one_of_ours(tmp_path: Path) -> None:
    with pytest.raises(KeyError) as caught, muxviz.record(tmp_path / "x.muxviz") as recorded:
        assert recorded._observer is not None
        recorded._observer._reader.send_signal(signal.SIGKILL)
        raise KeyError("mine")
    assert "was not finished" in caught.value.__notes__[0]


def test_from_another_thread_and_many_at_once(tmp_path: Path) -> None:
    """Each thread's calls are its own; the one that records is not the main one."""
    recorded: list[muxviz.Recorded] = []

    def work() -> None:
        with muxviz.record(tmp_path / "x.muxviz") as made:
            others = [threading.Thread(target=visit, args=(65536,)) for _ in range(4)]
            for other in others:
                other.start()
            for other in others:
                other.join()
        recorded.append(made)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    events: list[Event] = recorded[0].events
    by_thread = Counter(event.tid for event in events if event.call is not None)
    assert len(by_thread) == 8 and None not in by_thread, "four clients, four servers"
    assert recorded[0].findings == []


def test_a_threads_wait_is_told_though_another_thread_called_later(tmp_path: Path) -> None:
    left, right = socket.socketpair()
    with muxviz.record(tmp_path / "x.muxviz") as recorded:
        made = select.poll()
        made.register(right, select.POLLIN)
        thread = threading.Thread(target=made.poll, daemon=True)
        thread.start()
        asleep(thread)
        for _ in range(3):
            socket.socket().close()
    left.send(b"x")
    thread.join()
    (begun,) = [event for event in recorded.events if event.phase == "enter"]
    assert (begun.call, begun.tid) == ("poll", thread.native_id)
    assert begun.args == {"interest": [[right.fileno(), "IN"]], "timeout": -1}
    left.close()
    right.close()


def test_unittest_is_a_body_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import muxviz, socket, unittest\n\n"
        "class Test(unittest.TestCase):\n"
        "    def test_it(self):\n"
        "        with muxviz.record('x.muxviz') as recorded:\n"
        "            socket.socket().close()\n"
        "        self.assertEqual(recorded.findings, [])\n"
        "        self.assertEqual(len(recorded.events), 3)\n"
    )
    command = [sys.executable, "-m", "unittest", "test_it"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
