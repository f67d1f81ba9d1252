"""What /proc says of a process and its sockets, read from files of the test's own: every state, every table."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from muxviz.events import Queues
from muxviz.sources.outside import proc as kernel
from muxviz.sources.outside import sock_diag

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"


class Proc:
    """A /proc below a directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, *parts: Any) -> Path:
        """What `Path` is to the code under test."""
        whole = Path(*parts)
        return self.root / whole.relative_to("/proc") if whole.is_relative_to("/proc") else whole

    def write(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def thread(self, tid: int, state: str, syscall: str, sleeps: int = 1, name: str = "server") -> None:
        """A thread of process 7."""
        self.write(f"7/task/{tid}/stat", f"{tid} ({name}) {state} 1 7 7 0 -1")
        self.write(f"7/task/{tid}/syscall", syscall)
        self.write(f"7/task/{tid}/status", f"Name:\t{name}\nState:\t{state} (x)\nvoluntary_ctxt_switches:\t{sleeps}\n")


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Proc:
    made = Proc(tmp_path)
    monkeypatch.setattr(kernel, "Path", made.path)
    monkeypatch.setattr(kernel, "_FUTEX", "202")
    monkeypatch.setattr(kernel, "_READ", "0")
    return made


@pytest.mark.parametrize(
    ("state", "syscall", "asleep"),
    [
        ("S", "232 0x4 0x7f 0x3ff", True), ("R", "running", False), ("S", "running", False), ("R", "232 0x4", False),
        ("S", "-1 0x7ffc 0x7f", False), ("S", "202 0x7f 0x80", False), ("D", "232 0x4", False), ("S", "", False),
    ],
)  # fmt: skip
def test_asleep_is_a_state_and_a_call_that_is_no_lock(state: str, syscall: str, asleep: bool, proc: Proc) -> None:
    proc.thread(7, state, syscall)
    assert kernel.asleep(7) is asleep
    proc.thread(8, "S" if state == "R" else "R", "232 0x4")
    assert kernel.asleep(7, 7) is asleep and kernel.asleep(7, 8) is (state == "R")
    assert not kernel.asleep(9) and not kernel.asleep(7, 99)


def test_where_the_call_may_not_be_read_the_state_has_to_do(proc: Proc, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refused:
        def read_text(self) -> str:
            raise PermissionError

    proc.thread(7, "S", "")
    proc.thread(8, "R", "")
    monkeypatch.setattr(kernel, "Path", lambda *at: Refused() if at[-1] == "syscall" else proc.path(*at))
    assert kernel.asleep(7) and not kernel.asleep(7, 8)


@pytest.mark.parametrize(
    ("state", "lives"), [("R", True), ("S", True), ("T", True), ("t", True), ("D", True), ("Z", False), ("X", False)]
)
def test_a_process_lives_until_it_has_ended(state: str, lives: bool, proc: Proc) -> None:
    proc.thread(7, state, "", name="a) Z (b")
    assert kernel.state(7) == state and kernel.lives(7) is lives
    assert kernel.state(9) == "" and not kernel.lives(9)


def test_a_process_rests_where_none_of_its_threads_runs(proc: Proc) -> None:
    proc.thread(7, "S", "", 5)
    proc.thread(8, "S", "", 6)
    assert kernel.rest(7) == (("7", "\t5"), ("8", "\t6")) == kernel.rest(7)
    for state in "SDTtZX":
        proc.thread(8, state, "", 7)
        assert kernel.rest(7) == (("7", "\t5"), ("8", "\t7"))
    proc.thread(8, "R", "", 7)
    assert kernel.rest(7) is None and kernel.rest(9) is None


@pytest.mark.parametrize(
    ("first", "second", "reads"),
    [("0 0x0 0x7f", None, True), ("0 0x3 0x7f", None, False), ("1 0x0 0x7f", None, False), ("running", None, False),
     ("running", "0 0x0 0x7f", True)],
)  # fmt: skip
def test_a_thread_reads_standard_input(first: str, second: str | None, reads: bool, proc: Proc) -> None:
    proc.thread(7, "S", first)
    (proc.root / "7/task/6").mkdir()  # one that has ended meanwhile
    if second is not None:
        proc.thread(8, "S", second)
    assert kernel.reads_input(7) is reads and not kernel.reads_input(9)


@pytest.mark.parametrize(("links", "several"), [(3, False), (4, True), (40, True)])
def test_threads_are_counted_by_links(links: int, several: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "Path", lambda *at: SimpleNamespace(stat=lambda: SimpleNamespace(st_nlink=links)))
    assert kernel.has_threads(7) is several


def test_what_has_ended_has_no_threads(proc: Proc) -> None:
    assert not kernel.has_threads(9)


def row(inode: int, state: str, tx: int, rx: int, port: int = 0) -> str:
    addresses, queues = f"0100007F:{port:04X} 0100007F:9C40", f"{tx:08X}:{rx:08X}"
    return f"   0: {addresses} {state} {queues} 00:00000000 00000000  1000        0 {inode} 1 0"


def test_the_tables_of_sockets(proc: Proc) -> None:
    states = [row(100 + n, f"{n:02X}", n, 16 * n) for n in range(1, 13)]
    proc.write("7/net/tcp", "\n".join([HEAD, *states[:6]]) + "\n")
    proc.write("7/net/tcp6", "\n".join([HEAD, *states[6:]]))  # the last line without its end
    rows = {100 + n: kernel.TcpRow(kernel.TCP_STATES[n], 16 * n, n) for n in range(1, 13)}
    assert kernel.tcp_table(7, range(101, 113)) == rows
    assert kernel.tcp_table(7, range(1, 1000)) == rows, "very many are looked for line by line"
    assert kernel.tcp_table(7, [103, 999]) == {103: rows[103]} and kernel.tcp_table(7, []) == {}
    assert kernel.tcp_table(7, [10]) == {} and kernel.tcp_table(9, [101]) == {}
    assert kernel.tcp_table(7, [1000]) == {}, "a number that is another column's"


def test_udp_and_unix_sockets(proc: Proc) -> None:
    proc.write("7/net/udp", "\n".join([HEAD, row(5, "07", 1, 0, 53), row(6, "07", 0, 768, 0)]))
    assert kernel.udp_queues(7, [5, 6, 7]) == {5: 0, 6: 768}
    (proc.root / "7/fd").mkdir()
    for fd, link in ((3, "socket:[5]"), (4, "socket:[6]"), (8, "socket:[9]"), (1, "/dev/null")):
        (proc.root / f"7/fd/{fd}").symlink_to(link)
    assert kernel.inodes(7, [3, 4, 1, 99]) == {3: 5, 4: 6}
    assert [kernel.udp_port(7, fd) for fd in (3, 4, 8, 1, 99)] == [53, None, None, None, None]
    lines = ["Num RefCount Protocol Flags Type St Inode Path"]
    for inode, flags, kind in ((1, 0, 1), (2, 0x10000, 1), (3, 0, 2), (4, 0x10000, 5)):
        lines.append(f"0000: 00000002 00000000 {flags:08X} {kind:04X} 01 {inode} /run/x")
    proc.write("7/net/unix", "\n".join([*lines, "0000: 00000002 00000000 00000000 0001 01"]))
    assert kernel.unix_table(7, [1, 2, 3, 4, 9]) == {
        1: (False, False), 2: (False, True), 3: (True, False), 4: (False, True)
    }  # fmt: skip
    assert kernel.unix_table(7, [2]) == {2: (False, True)} and kernel.unix_table(9, [1]) == {}
    proc.write("7/ns/net", "")
    assert kernel.network(7) == (proc.root / "7/ns/net").stat().st_ino and kernel.network(9) == 0


@pytest.mark.parametrize("state", kernel.TCP_STATES[1:10])
def test_a_row_in_the_words_of_a_look(state: str) -> None:
    ended = state in ("CLOSE_WAIT", "LAST_ACK", "TIME_WAIT")
    for rx, tx, before, writable in (
        (0, 0, None, False),
        (1, 5, None, False),
        (5, 5, "OUT", False),
        (5, 5, "IN", True),
    ):
        found = kernel.seen(kernel.TcpRow(state, rx, tx), Queues(level=before), writable)
        unread = max(0, rx - 1) if ended else rx
        assert (found.recv, found.tcp) == (unread, state)
        names = [*(["IN"] if unread or ended else []), *(["OUT"] if not tx or writable or before == "OUT" else [])]
        assert found.level == "|".join([*names, *(["RDHUP"] if ended else [])])
    quiet = kernel.seen(kernel.TcpRow("LISTEN", 0, 9), Queues(backlog=9))
    assert quiet == Queues(tcp="LISTEN", accepts=0, backlog=9, level="")


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        (Queues(recv=3), Queues(recv=3), False), (Queues(recv=3), Queues(recv=4), True),
        (Queues(), Queues(recv=0), False),
        (Queues(), Queues(recv=1), True), (Queues(recv=3), Queues(recv=0, tcp="ESTABLISHED"), True),
        (Queues(), Queues(accepts=0), False), (Queues(accepts=1), Queues(accepts=2), True),
        (Queues(accepts=1), Queues(accepts=1), False), (Queues(), Queues(accepts=1), True),
        (Queues(tcp="ESTABLISHED"), Queues(tcp="CLOSE_WAIT"), True), (Queues(), Queues(tcp="CLOSE_WAIT"), False),
        (Queues(tcp="LISTEN"), Queues(tcp="LISTEN"), False),
        (Queues(level="IN"), Queues(tcp="LISTEN", level="IN|OUT"), True),
        (Queues(), Queues(tcp="LISTEN", level="OUT"), False),
        (Queues(level="OUT"), Queues(tcp="LISTEN", level="OUT"), False),
        (Queues(level="OUT"), Queues(tcp="LISTEN", level=""), False),
        (Queues(level=""), Queues(level="IN"), True), (Queues(level="IN"), Queues(level="IN"), False),
        (Queues(level="IN|OUT"), Queues(level="OUT"), True), (Queues(), Queues(), False),
    ],
)  # fmt: skip
def test_what_counts_as_an_arrival(before: Queues, after: Queues, news: bool) -> None:
    assert kernel.arrived(before, after) is news


@pytest.mark.parametrize(
    ("memory", "before", "after"),
    [(None, "OUT", None), (768, None, None), (768, "OUT", "IN|OUT"), (0, "IN|OUT", "OUT"), (0, "", ""), (9, "", "IN")],
)
def test_a_datagram_is_seen_by_its_memory(memory: int | None, before: str | None, after: str | None) -> None:
    assert kernel.seen_datagrams(memory, Queues(level=before)) == Queues(level=after)


def answer(*attributes: tuple[int, bytes], timer: int = 0, kind: int = 20) -> bytes:
    body = sock_diag._ANSWER.pack(2, 1, timer, 0, bytes(48), 0, 0, 0, 0, 9)
    for number, data in attributes:
        size = 4 + len(data)
        body += size.to_bytes(2, "little") + number.to_bytes(2, "little") + data + bytes(-size % 4)
    return sock_diag._HEADER.pack(sock_diag._HEADER.size + len(body), kind, 0, 1, 0) + body


def memory(sndbuf: int, queued: int) -> tuple[int, bytes]:
    return 7, b"".join(word.to_bytes(4, "little") for word in (0, 0, 0, sndbuf, 0, queued, 0, 0, 0))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (answer(memory(9, 0)), (False, True)), (answer(memory(9, 0), timer=1), (True, True)),
        (answer(memory(9, 0), timer=4), (False, True)), (answer((1, b"odd"), memory(9, 9)), (False, False)),
        (answer(memory(300, 200)), (False, True)), (answer(memory(300, 201)), (False, False)),
        (answer(memory(3, 2)), (False, True)), (answer(memory(301, 201)), (False, True)),
        (answer((6, memory(9, 0)[1])), None), (answer((7, bytes(20))), None),
        (answer((7, memory(9, 0)[1][:24])), (False, True)),
        (answer(), None), (answer(memory(9, 0), kind=2), None), (answer(memory(9, 0))[:80], None), (b"", None),
    ],
)  # fmt: skip
def test_what_sock_diag_answers(told: bytes, expected: tuple[bool, bool] | None) -> None:
    assert sock_diag._decode(told) == expected
