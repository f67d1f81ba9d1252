"""The pytest plugin, in pytest processes of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from muxviz.recording import recover
from tests.waiting import LIMIT_SECONDS

SERVER = '''
import os, select, socket
import threading, time
import pytest

def serve(listener, size):
    """An edge-triggered server that reads so much a report."""
    conn, _ = listener.accept()
    with conn, select.epoll() as poller:
        conn.setblocking(False)
        poller.register(conn, select.EPOLLIN | select.EPOLLET)
        while True:
            for _fd, _events in poller.poll():
                try:
                    data = conn.recv(size)
                    if not data:
                        return
                    conn.send(data)
                except ConnectionError:
                    return

@pytest.fixture
def server(request):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener, request.param))
        thread.start()
        yield listener.getsockname(), thread
        thread.join()

def visit(server):
    address, thread = server
    with socket.create_connection(address) as client:
        client.sendall(b"hello, world")
        assert client.recv(4, socket.MSG_WAITALL) == b"hell"
        from muxviz.sources.outside import proc  # here: a test says what is loaded where nothing is watched
        while not proc.asleep(os.getpid(), thread.native_id):
            time.sleep(0.001)
        time.sleep(0.02)

broken = pytest.mark.parametrize("server", [4], indirect=True)
right = pytest.mark.parametrize("server", [65536], indirect=True)
'''


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


class Run:
    """pytest in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.count = 0

    def __call__(self, tests: str, *options: str) -> tuple[int, str]:
        """Exit status and output. No run takes another's bytecode for that of its tests."""
        self.count += 1
        file = self.directory / "test_them.py"
        file.write_text(SERVER + tests)
        os.utime(file, (self.count, self.count))
        base = ["-p", "no:cacheprovider", "-p", "no:xdist", "-W", "error", "--strict-markers", "-q", "-rA"]
        command = [sys.executable, "-m", "pytest", *base, "--basetemp", "tmp", *options]
        ours = ("PYTEST", "CI", "BUILD_NUMBER")  # under CI a summary has whole messages
        environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        done = subprocess.run(
            command, cwd=self.directory, env=environment, capture_output=True, text=True, check=False,
            timeout=LIMIT_SECONDS,
        )  # fmt: skip
        assert done.stderr == ""
        return done.returncode, done.stdout

    def recordings(self, directory: str = "tmp") -> list[str]:
        return sorted(file.name for file in (self.directory / directory).rglob("*.muxviz"))


def test_a_test_with_findings_fails_with_their_text(run: Run) -> None:
    status, out = run(
        "@pytest.mark.muxviz\n@broken\ndef test_it(server): visit(server)\n\n"
        "@pytest.mark.muxviz\n@right\ndef test_right(server): visit(server)\n\n"
        "@broken\ndef test_unwatched(server): visit(server)\n"
    )
    assert status == 1 and "1 failed, 2 passed" in out
    assert "test_them.py:15: certain: stranded data on fd " in out
    assert "\n    data = conn.recv(size)\n" in out
    assert "helps     read until EAGAIN before the next wait" in out
    (name,) = run.recordings()
    assert name == "test_them.py-test_it-4.muxviz"
    (line,) = [line for line in out.splitlines() if line.startswith("muxviz replay ")]
    found = recover(Path(line.removeprefix("muxviz replay ")))
    assert found.whole and found.trace.header.source.title == "test_it[4]"
    found.trace.close()


def test_the_option_watches_every_test(run: Run) -> None:
    tests = "@broken\ndef test_it(server): visit(server)\n\n@right\ndef test_right(server): visit(server)\n"
    for option in ("--muxviz", "--muxviz=certain", "--muxviz=possible"):
        status, out = run(tests, option, "--muxviz-dir", "kept")
        assert status == 1 and "1 failed, 1 passed" in out, option
    assert run.recordings("kept") == ["test_them.py-test_it-4.muxviz"], "each run's in place of the last one's"
    assert run(tests)[0] == 0


def test_a_directorys_name_is_no_order_to_the_terminal(run: Run) -> None:
    name = "kept \x1b]0;OWNED\x07\u202e"
    status, out = run("@broken\ndef test_it(server): visit(server)\n", "--muxviz", "--muxviz-dir", name)
    (line,) = [line for line in out.splitlines() if line.startswith("muxviz replay ")]
    assert status == 1 and line.isprintable() and line.startswith("muxviz replay '") and line.endswith(".muxviz'")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--muxviz", "test_them.py"], "before a path, write --muxviz=likely"),
        (["--muxviz=sure"], "'sure' is not one of certain, likely, possible"),
    ],
)
def test_a_wrong_level_is_said(options: list[str], complaint: str, tmp_path: Path) -> None:
    (tmp_path / "test_them.py").write_text("def test_it(): pass\n")
    command = [sys.executable, "-m", "pytest", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 4 and complaint in done.stderr


def test_how_sure_is_the_markers_matter(run: Run) -> None:
    """A reader that left something, and was cut off before it showed whether it would come back: possible."""
    possible = (
        "    left, right = socket.socketpair()\n"
        "    poller = select.epoll()\n"
        "    poller.register(right, select.EPOLLIN | select.EPOLLET)\n"
        "    left.send(b'ab' * 400)\n"
        "    assert poller.poll(1)\n"
        "    right.recv_into(bytearray(4))\n"
        "    poller.poll(0.05)\n"
        "    assert right.recv(1000)\n"
        "    poller.close(); left.close(); right.close()\n"
    )
    status, out = run(
        f"@pytest.mark.muxviz(fail_on='sure')\ndef test_wrong(): pass\n\n"
        f"@pytest.mark.muxviz('likely')\ndef test_by_place(): pass\n\n"
        f"@pytest.mark.muxviz(fail_on='possible')\ndef test_cancelled():\n{possible}"
    )
    assert status == 1 and "1 passed, 2 errors" in out
    assert "the marker's fail_on is one of certain, likely, possible, not 'sure'" in out
    assert "the marker muxviz takes fail_on and record by name" in out


def test_a_named_recording_stays(run: Run) -> None:
    tests = "@pytest.mark.muxviz(record='mine.muxviz')\n@right\ndef test_it(server): visit(server)\n"
    for _ in range(2):
        assert run(tests)[0] == 0
        assert (run.directory / "mine.muxviz").exists()


def test_a_failure_of_its_own_goes_before_and_keeps_the_recording(run: Run) -> None:
    status, out = run(
        "@pytest.mark.muxviz\n@broken\ndef test_it(server):\n    visit(server)\n    assert 1 == 2\n\n"
        "@pytest.mark.muxviz\ndef test_raises():\n    left, right = socket.socketpair()\n"
        "    with left, right:\n        left.setblocking(False)\n        left.recv(1)\n"
    )
    assert status == 1 and "2 failed" in out
    assert "assert 1 == 2" in out and "Captured muxviz call" in out and "certain: stranded data" in out
    assert "BlockingIOError" in out and "probe/sockets.py" not in out
    assert len(run.recordings()) == 2


def test_what_is_skipped_or_fails_before_leaves_nothing(run: Run) -> None:
    status, out = run(
        "@pytest.mark.muxviz\ndef test_skipped(): pytest.skip('no')\n\n"
        "@pytest.mark.muxviz\n@pytest.mark.xfail(strict=True)\n@broken\ndef test_known(server): visit(server)\n\n"
        "@pytest.fixture\ndef bad(): raise ValueError\n\n"
        "@pytest.mark.muxviz\ndef test_error(bad): pass\n\n"
        "@pytest.mark.muxviz\ndef test_after(): assert 'dropin' not in repr(select.epoll)\n"
    )
    assert status == 1 and "1 passed, 1 skipped, 1 xfailed, 1 error" in out
    assert run.recordings() == ["test_them.py-test_known-4.muxviz"]


def test_the_fixture_is_the_recording(run: Run) -> None:
    status, out = run(
        "@broken\ndef test_it(server, muxviz_recording):\n"
        "    visit(server)\n    assert muxviz_recording.under_way and muxviz_recording.path.exists()\n"
        "    muxviz_recording.stop()\n"
        "    assert [found.rule for found in muxviz_recording.findings] == ['stranded-data']\n"
        "    assert {'recv', 'epoll_wait'} <= {event.call for event in muxviz_recording.events}\n"
    )
    assert status == 0, out
    assert run.recordings() == []


def test_unittest_and_asyncio(run: Run) -> None:
    status, out = run(
        "import asyncio, unittest\n"
        "class Test(unittest.IsolatedAsyncioTestCase):\n"
        "    async def test_it(self):\n"
        "        async def echo(reader, writer):\n"
        "            writer.write(await reader.read(9)); writer.close(); await writer.wait_closed()\n"
        "        async with await asyncio.start_server(echo, '127.0.0.1', 0) as server:\n"
        "            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())\n"
        "            writer.write(b'hello')\n            self.assertEqual(await reader.read(), b'hello')\n"
        "            writer.close(); await writer.wait_closed()\n",
        "--muxviz=possible",
    )
    assert status == 0, out


def test_nothing_is_loaded_where_nothing_is_watched(run: Run) -> None:
    status, out = run(
        "import sys\ndef test_it():\n"
        "    ours = {name for name in sys.modules if 'muxviz' in name}\n"
        "    assert ours == {'muxviz', 'muxviz.portable', 'muxviz.pytest_plugin'}\n"
        "    assert 'msgspec' not in sys.modules and 'rich' not in sys.modules\n"
    )
    assert status == 0, out


def test_with_xdist(run: Run) -> None:
    tests = "".join(
        f"@pytest.mark.muxviz\n@{kind}\ndef test_{kind}_{n}(server): visit(server)\n\n"
        for kind in ("broken", "right")
        for n in range(3)
    )
    (run.directory / "test_them.py").write_text(SERVER + tests)
    command = [sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", "-q", "-n", "2", "--muxviz-dir", "kept"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(command, cwd=run.directory, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1 and "3 failed, 3 passed" in done.stdout, done.stdout
    assert run.recordings("kept") == [f"test_them.py-test_broken_{n}-4.muxviz" for n in range(3)]
