"""Lines become events: halves are joined, descriptors and processes followed, everything else counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from muxviz.events import Event, Exit
from muxviz.sources.strace import KnownFd, TraceError, Translator
from tests.sources.strace.told import SAMPLES, stamped, traced, translated, translator

EP = "5<anon_inode:[eventpoll]>"


def add(fd: int, data: int, events: str = "EPOLLIN") -> str:
    return f"epoll_ctl({EP}, EPOLL_CTL_ADD, {fd}<socket:[{fd}0]>, {{events={events}, data={{u32=1, u64={data}}}}}) = 0"


def wait(*data: int) -> str:
    listed = ", ".join(f"{{events=EPOLLIN, data={{u32=1, u64={one}}}}}" for one in data)
    return f"epoll_wait({EP}, [{listed}], 64, -1) = {len(data)} <0.000010>"


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.txt")), ids=lambda path: path.stem)
def test_samples_have_no_line_that_is_not_understood(path: Path) -> None:
    data = path.read_bytes()
    translator = Translator()
    events = [*translator.lines(data), *translator.end()]
    counted = translator.counted
    assert counted.unknown == counted.partial == counted.lost == counted.unnamed == 0, counted
    assert counted.lines == data.count(b"\n") and len(events) == counted.events > 0
    assert all(event.note is None for event in events)
    trace = traced(events)
    trace.close()


def test_reports_name_fds_by_user_data() -> None:
    events = translated(
        "epoll_create1(0) = 5<anon_inode:[eventpoll]>", add(7, 94127704662848), add(8, 8), wait(8, 94127704662848)
    )
    assert events[3].ready == [(8, "IN"), (7, "IN")]
    assert events[3].args["data"] == [8, 94127704662848]
    assert events[2].args == {"op": "ADD", "fd": 8, "events": "IN", "seen": {"8": "socket"}}


def test_a_ghost_keeps_its_number_and_data_that_nobody_registered_is_counted() -> None:
    events, made = translator(
        "epoll_create1(0) = 5<anon_inode:[eventpoll]>", add(7, 77), "dup(7<socket:[70]>) = 9<socket:[70]>",
        "close(7<socket:[70]>) = 0", wait(77), wait(12345),
    )  # fmt: skip
    assert events[4].ready == [(7, "IN")]
    assert events[5].ready == [] and events[5].args["unknown"] == [[12345, "IN"]]
    assert made.counted.unnamed == 1 and "registered before" in str(events[-1].note)


def test_deleted_user_data_is_nobodys() -> None:
    events, made = translator(
        "epoll_create1(0) = 5<anon_inode:[eventpoll]>", add(7, 77),
        f"epoll_ctl({EP}, EPOLL_CTL_MOD, 7<socket:[70]>, {{events=EPOLLOUT, data={{u32=1, u64=78}}}}) = 0", wait(78),
        f"epoll_ctl({EP}, EPOLL_CTL_DEL, 7<socket:[70]>, 0x7ff) = 0", wait(78),
    )  # fmt: skip
    assert events[3].ready == [(7, "IN")]
    assert made.counted.unnamed == 1


def test_halves_are_joined_by_thread_and_a_registration_counts_from_its_entry() -> None:
    events = translated(
        stamped("epoll_create1(0) = 5<anon_inode:[eventpoll]>", 0),
        stamped("clone3({flags=CLONE_VM|CLONE_FILES|CLONE_THREAD, stack=0x7} => {parent_tid=[101]}, 88) = 101", 1),
        stamped(
            f"epoll_ctl({EP}, EPOLL_CTL_ADD, 7<socket:[70]>, {{events=EPOLLIN, data={{u32=9, u64=99}}}} "
            "<unfinished ...>",
            2,
        ),
        stamped(f"epoll_wait({EP},  <unfinished ...>", 3, 101),
        stamped("<... epoll_wait resumed>[{events=EPOLLIN, data={u32=9, u64=99}}], 64, 100) = 1 <0.000004>", 4, 101),
        stamped("<... epoll_ctl resumed>) = 0 <0.000090>", 5),
        stamped("read(7<socket:[70]>,  <unfinished ...>", 6),
        stamped("close(3) = 0", 7, 101),
        stamped('<... read resumed>""..., 10) = 2', 9),
    )
    assert [(e.call, e.phase, e.tid) for e in events[2:]] == [
        ("epoll_wait", "enter", 101), ("epoll_wait", None, 101), ("epoll_ctl", None, None), ("close", None, 101),
        ("read", None, None),
    ]  # fmt: skip
    assert events[3].ready == [(7, "IN")] and events[3].args["timeout"] == 100
    assert events[3].t == 7_000 and events[3].took == 4_000
    assert (
        events[6].args
        == {
            "size": 10,
        }
        and events[6].took == 3_000
    )
    assert {e.lane for e in events} == {"100"} and {e.pid for e in events} == {100}


def test_asleep_is_seen_before_the_line_ends() -> None:
    made = Translator()
    assert made.lines(stamped(f"epoll_wait({EP}, ", 0).encode()) == []
    [asleep] = made.quiet()
    assert (asleep.call, asleep.phase, asleep.fd, asleep.ret) == ("epoll_wait", "enter", 5, None)
    assert made.quiet() == []
    [woken] = made.lines(b"[], 64, 10) = 0 <0.010000>\n")
    assert (woken.call, woken.phase, woken.t) == ("epoll_wait", None, 10_000_000)
    made.lines(stamped("accept(3,  <unfinished ...>", 1).encode() + b"\n")
    assert [e.call for e in made.quiet()] == ["accept"] and made.quiet() == [] and made.end() == []


def test_a_half_that_was_told_is_not_told_again() -> None:
    made = Translator()
    made.lines(stamped(f"epoll_wait({EP}, ", 0).encode())
    assert len(made.quiet()) == 1
    assert made.lines(b" <unfinished ...>\n") == [] and made.quiet() == [] and made.end() == []


def test_interrupted_and_begun_again() -> None:
    events = translated(
        "poll([{fd=4, events=POLLIN}], 1, 150) = ? ERESTART_RESTARTBLOCK (Interrupted by signal) <0.050000>",
        "--- SIGCONT {si_signo=SIGCONT} ---",
        "restart_syscall(<... resuming interrupted poll ...>) = 1 ([{fd=4, revents=POLLHUP}]) <0.1000>",
        "restart_syscall(<... resuming interrupted poll ...>) = 0",
    )
    assert [(e.call, e.ret, e.error) for e in events] == [("poll", -1, "EINTR"), ("poll", 1, None)]
    assert events[0].args["restart"] == "ERESTART_RESTARTBLOCK" and events[1].ready == [(4, "HUP")]


def test_lists_that_strace_cuts_are_compared_with_what_the_call_returned() -> None:
    events = translated(
        "poll([{fd=3, events=POLLIN}, {fd=4, events=POLLIN}], 2, -1) = 2 ([{fd=3, revents=POLLIN}, ...])",
        f"epoll_wait({EP}, [{{events=EPOLLIN, data={{u32=7, u64=7}}}}, ...], 64, -1) = 9",
    )
    assert events[0].ready == [(3, "IN")] and events[0].args["cut"] == 1
    assert events[1].args["cut"] == 8


def test_injected_faults_are_said() -> None:
    [event] = translated("read(3, 0x7ff, 5) = -1 EIO (Input/output error) (INJECTED) <0.000004>")
    assert event.error == "EIO" and event.args["injected"] is True


def test_who_has_what_open_after_a_fork_and_an_exec() -> None:
    events = translated(
        stamped('execve("/usr/bin/server", [...], 0x7 /* 9 vars */) = 0', 0),
        stamped("socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 3<socket:[30]>", 1),
        stamped("listen(3<socket:[30]>, 5) = 0", 2),
        stamped("pipe2([4<pipe:[40]>, 6<pipe:[40]>], 0) = 0", 3),
        stamped("fcntl(6<pipe:[40]>, F_SETFD, FD_CLOEXEC) = 0", 4),
        stamped("dup(6<pipe:[40]>) = 8<pipe:[40]>", 5),
        stamped("clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD <unfinished ...>", 6),
        stamped("accept4(3<socket:[30]>, NULL, NULL, SOCK_CLOEXEC) = 7<socket:[70]>", 7, 101),
        stamped("<... clone resumed>, child_tidptr=0x7) = 101", 8),
        stamped('execve("/bin/other", [...], 0x7 /* 9 vars */) = 0', 9, 101),
        stamped("close(6<pipe:[40]>) = 0", 10),
        stamped("+++ exited with 0 +++", 11, 101),
        stamped("+++ killed by SIGKILL +++", 12),
    )
    assert [e.lane for e in events] == ["server"] * 6 + [
        "server:101",
        "server",
        "server:101",
        "server",
        "server:101",
        "server",
    ]
    assert events[6].args["seen"] == {"3": "listener"}
    assert events[7].call == "fork" and events[7].args["lane"] == "server:101"
    assert events[8].args == {"file": "/bin/other", "closed": [3, 6, 7]}
    assert events[10].exit == Exit(status=0) and events[11].exit == Exit(signal="SIGKILL")
    trace = traced(events)
    after = trace.state(8)
    assert set(after.lanes["server:101"].fds) == set() and set(after.lanes["server"].fds) == {3, 4, 6, 8}
    assert after.lanes["server"].fds[4].queues.file == "pipe"
    assert trace.now.lanes["server"].status == "ended"
    trace.close()


def test_close_range_and_dup2_close_what_was_there() -> None:
    events = translated(
        "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3<socket:[30]>",
        "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 4<socket:[40]>",
        "dup2(3<socket:[30]>, 4<socket:[40]>) = 4<socket:[30]>",
        "dup2(3<socket:[30]>, 3<socket:[30]>) = 3<socket:[30]>",
        "close_range(4, 4294967295, 0) = 0",
        "close_range(3, 9, CLOSE_RANGE_CLOEXEC) = 0",
        'execve("/x", [], 0x7) = 0',
    )
    assert events[4].args["closed"] == [4] and "closed" not in events[5].args and events[6].args["closed"] == [3]
    trace = traced(events)
    assert trace.state(3).lanes["100"].fds[4].file_n == 0 and set(trace.state(4).lanes["100"].fds) == {3}
    assert not trace.now.lanes["100"].fds
    trace.close()


def test_a_number_that_is_used_again_is_another_socket() -> None:
    """The inode that `-y` prints tells it, also where the close was not seen."""
    events = translated(
        'read(7<socket:[1]>, ""..., 9) = 9', 'read(7<socket:[1]>, ""..., 9) = 9', 'read(7<socket:[2]>, ""..., 9) = 9'
    )
    assert [e.args.get("seen") for e in events] == [{"7": "socket"}, None, {"7": "socket"}]


def test_threads_that_end_do_not_end_the_process() -> None:
    events = translated(
        stamped("clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x7}, 88) = 101", 0),
        stamped("close(3) = 0", 1, 101),
        stamped("+++ exited with 0 +++", 2, 101),
        stamped("+++ exited with 7 +++", 3),
    )
    assert [e.exit for e in events] == [None, None, Exit(status=7)]


def test_an_epoll_instance_may_be_a_lane() -> None:
    two = "6<anon_inode:[eventpoll]>"
    lines = [
        'execve("/usr/bin/memcached", [...], 0x7) = 0',
        "epoll_create1(0) = 5<anon_inode:[eventpoll]>", "epoll_create1(0) = 6<anon_inode:[eventpoll]>",
        "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3<socket:[30]>", "listen(3<socket:[30]>, 9) = 0",
        add(3, 3), wait(3),
        "accept4(3<socket:[30]>, NULL, NULL, 0) = 7<socket:[70]>",
        f"epoll_ctl({two}, EPOLL_CTL_ADD, 7<socket:[70]>, {{events=EPOLLIN, data={{u32=7, u64=7}}}}) = 0",
        'read(7<socket:[70]>, ""..., 9) = 9', "close(7<socket:[70]>) = 0", "+++ exited with 0 +++",
    ]  # fmt: skip
    events = translated(*lines, by="epoll")
    first, second = "memcached/ep5", "memcached/ep6"
    assert [e.lane for e in events] == [*["memcached"] * 5, *[first] * 3, *[second] * 3, "memcached", first, second]
    assert events[8].args["moved"] == {"6": "memcached", "7": first}
    trace = traced(events)
    before, after = trace.state(7).lanes, trace.state(9).lanes
    assert 7 in before[first].fds and 7 not in after[first].fds
    assert after[second].fds[7].received == 9 and after[second].fds[7].client == "#1"
    assert not any(7 in lane.fds for lane in trace.now.lanes.values())
    trace.close()


def test_what_proc_says_of_a_program_that_is_attached_to() -> None:
    made = Translator(name="redis-server")
    fds = {
        5: KnownFd("epoll", watches=((6, "IN", 6), (9, "IN|ET", 0x5555_0000_0001))),
        6: KnownFd("listener", inode=60),
        8: KnownFd("other", "eventfd"),
        9: KnownFd("connection", inode=90, cloexec=True),
    }
    [look] = made.known(100, fds, threads=[100, 101])
    assert look.look == "outside" and look.args["seen"] == {
        "5": "epoll",
        "6": "listener",
        "8": "eventfd",
        "9": "connection",
    }
    events = made.lines(b"".join(stamped(line, n, 101).encode() + b"\n" for n, line in enumerate([
        wait(0x5555_0000_0001), 'read(9<socket:[90]>, ""..., 4) = 4', 'execve("/x", [], 0x7) = 0',
    ])))  # fmt: skip
    assert events[0].ready == [(9, "IN")] and "seen" not in events[0].args and events[0].lane == "redis-server"
    assert "seen" not in events[1].args and events[2].args["closed"] == [9]
    trace = traced([look, *events])
    fd = trace.state(0).lanes["redis-server"].fds
    assert fd[9].edge and fd[9].kind == "connection" and fd[8].queues.file == "eventfd" and fd[6].interest == "IN"
    trace.close()


def test_without_o_the_first_process_is_named_late() -> None:
    """strace prints no pid while there is one process, and `[pid N]` while there are several."""
    events, made = translator(
        "1700000000.000000 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3<socket:[30]>",
        "1700000000.000001 clone(child_stack=NULL, flags=SIGCHLDstrace: Process 101 attached",
        ", child_tidptr=0x7f19a1a58e50) = 101",
        "[pid   101] 1700000000.000002 close(3<socket:[30]>) = 0",
        "[pid   100] 1700000000.000003 listen(3<socket:[30]>, 5) = 0",
        "[pid   101] 1700000000.000004 +++ exited with 0 +++",
        "1700000000.000005 close(3<socket:[30]>) = 0",
    )
    lanes = [e.lane for e in events if e.call or e.exit]
    assert lanes == ["program", "program", "101", "program", "101", "program"]
    assert [e.pid for e in events if e.call] == [None, None, 101, 100, 100] and made.counted.words() is None


def test_times_of_day_go_on_after_midnight() -> None:
    events = translated("1 23:59:59.900000 close(3) = 0", "1 00:00:00.100000 close(4) = 0")
    assert [e.t for e in events] == [0, 200_000_000]


def test_lines_without_times_are_refused() -> None:
    with pytest.raises(TraceError, match="-ttt"):
        translated("1 close(3) = 0")
    with pytest.raises(TraceError, match="-ttt"):
        Translator().lines(b"close(3) = 0\n" * 100)
    events, made = translator("close(3) = 0", "1 close(4) = 0")
    assert made.counted.unknown == 1 and len(events) == 2


def test_without_annotations_and_durations() -> None:
    events = translated(
        "epoll_create1(0) = 5", "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3", "listen(3, 5) = 0",
        "epoll_ctl(5, EPOLL_CTL_ADD, 3, {events=EPOLLIN, data={u32=3, u64=3}}) = 0",
        "epoll_wait(5, [{events=EPOLLIN, data={u32=3, u64=3}}], 64, -1) = 1", "close(3) = 0",
    )  # fmt: skip
    assert events[4].ready == [(3, "IN")] and all(e.took is None and "seen" not in e.args for e in events)
    assert [e.t for e in events] == [0, 1000, 2000, 3000, 4000, 5000]


def test_everything_is_accounted_for() -> None:
    events, made = translator(
        "close(3) = 0", "\x1b[31mgarbage", "openat(AT_FDCWD, \"/x\", O_RDONLY) = 3</x>", "mmap(NULL, 1) = 0x7f",
        "--- SIGCHLD {} ---", "read(3<soc100  1700000000.000009 close(3) = 0", "<... read resumed>, 5) = 3",
    )  # fmt: skip
    counted = made.counted
    assert counted.lines == 7 and counted.unknown == 2 and counted.lost == 1
    assert counted.samples[0].endswith("garbage") and counted.other == {"openat": 1, "mmap": 1}
    assert [e.call for e in events] == ["close", None]
    assert str(events[-1].note).startswith("2 lines could not be read; the first: ")


def test_a_killed_strace_leaves_half_a_line() -> None:
    made = Translator()
    made.lines(stamped("close(3) = 0", 0).encode() + b"\n100  17000")
    [note] = made.end()
    assert made.counted.partial == 1 and note.note == "the last line has no end"
    made = Translator()
    made.lines(stamped("close(3) = 0", 0).encode() + b"\n" + stamped("epoll_wait(5, ", 1).encode())
    [asleep] = made.end()
    assert asleep.phase == "enter" and made.counted.partial == 0


def test_an_io_uring_is_said_to_be_invisible() -> None:
    [event] = translated("io_uring_setup(8, {flags=0}) = 4<anon_inode:[io_uring]>")
    assert event.note is not None and "io_uring" in event.note and event.ret == 4


def test_names_come_from_the_program() -> None:
    [event] = translated('execve("/opt/\\33[31mvery-long-name-of-a-program", [...], 0x7) = 0')
    assert event.lane is not None and len(event.lane) <= 12 and "\x1b" not in event.lane


def test_ten_thousand_fds() -> None:
    lines = ["epoll_create1(0) = 5<anon_inode:[eventpoll]>"]
    for fd in range(10, 10_010):
        lines += [f"socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = {fd}<socket:[{fd}0]>", add(fd, fd)]
    lines.append(wait(*range(10, 10_010)))
    lines += [f"close({fd}<socket:[{fd}0]>) = 0" for fd in range(10, 10_010)]
    events, made = translator(*lines)
    assert len(events) == len(lines) and made.counted.words() is None
    assert len(events[20_001].ready or ()) == 10_000


def listed(events: list[Event]) -> list[str]:
    return [f"{e.call} {e.fd} {e.ret}" for e in events]


def test_a_line_that_never_ends_is_counted_and_what_follows_is_read() -> None:
    made = Translator()
    events = made.lines(stamped("close(3) = 0", 0).encode() + b"\n")
    for _ in range(70):
        events += made.lines(b"x" * (1 << 20))
    events += made.lines(b"the end\n" + stamped("close(4) = 0", 1).encode() + b"\n")
    assert listed(events) == ["close 3 0", "close 4 0"] and made.counted.unknown == 1 and made.counted.lines == 3


def test_what_is_left_of_many_chunks_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each chunk leaves a begun line; what they were together is more than a line may have."""
    monkeypatch.setattr("muxviz.sources.strace.translate._LONGEST", 200)
    made, events = Translator(), []
    data = b"".join(stamped(f"close({n}) = 0", n).encode() + b"\n" for n in range(3, 40))
    for at in range(0, len(data), 30):
        events += made.lines(data[at : at + 30])
    events += made.end()
    assert listed(events) == [f"close {n} 0" for n in range(3, 40)] and made.counted.words() is None


@pytest.mark.parametrize(("more", "unread"), [(0, 0), (1, 1)])
def test_the_longest_line_is_read_and_a_longer_one_is_not(
    more: int, unread: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = stamped('read(3, "", 5) = 5', 0).encode()
    monkeypatch.setattr("muxviz.sources.strace.translate._LONGEST", len(line) - more)
    made = Translator()
    events = [*made.lines(line[:9]), *made.lines(line[9:]), *made.lines(b"\n" + stamped("close(4) = 0", 1).encode())]
    events += [*made.lines(b"\n"), *made.end()]
    assert listed([e for e in events if e.call]) == ["read 3 5", "close 4 0"][unread:]
    assert (made.counted.unknown, made.counted.lines) == (unread, 2)


def test_what_several_lanes_draw_is_closed_in_each() -> None:
    """A listener that two epolls watch, each in a lane of its own; an fd that no epoll watches any more stays where it
    is drawn."""
    one, two = EP, "6<anon_inode:[eventpoll]>"
    registered = "EPOLL_CTL_ADD, 3<socket:[30]>, {events=EPOLLIN|EPOLLEXCLUSIVE, data={u32=3, u64=3}}) = 0"
    events = translated(
        'execve("/usr/bin/s", [...], 0x7) = 0', "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3<socket:[30]>",
        "listen(3<socket:[30]>, 9) = 0", f"epoll_ctl({one}, {registered}", f"epoll_ctl({two}, {registered}",
        f"epoll_ctl({one}, EPOLL_CTL_DEL, 3<socket:[30]>, 0x7) = 0", "fcntl(3<socket:[30]>, F_GETFL) = 2",
        "close(3<socket:[30]>) = 0", by="epoll",
    )  # fmt: skip
    assert [event.lane for event in events[3:]] == ["s/ep5", "s/ep6", "s/ep5", "s/ep6", "s/ep6"]
    assert events[4].args["seen"] == {"6": "epoll", "3": "listener"} and events[7].args["also"] == {"s/ep5": [3]}
    trace = traced(events)
    before, after = trace.state(6).lanes, trace.now.lanes
    assert 3 in before["s/ep5"].fds and 3 in before["s/ep6"].fds
    assert not any(3 in lane.fds for lane in after.values())
    trace.close()


def test_what_a_poll_asks_about_is_introduced() -> None:
    events = translated(
        "poll([{fd=0</dev/pts/1>, events=POLLIN}, {fd=7<socket:[70]>, events=POLLIN}, {fd=9, events=POLLIN}], "
        "3, 0) = 0",
        "pselect6(8, [7<socket:[70]> 8<pipe:[80]>], NULL, NULL, NULL, NULL) = 1 (in [7])",
    )
    assert [event.args.get("seen") for event in events] == [{"0": "device", "7": "socket"}, {"8": "pipe"}]


OPEN = "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3<socket:[30]>"


@pytest.mark.parametrize(
    ("lines", "closed"),
    [
        (["dup3(3<socket:[30]>, 4, O_CLOEXEC) = 4<socket:[30]>"], [4]),
        (["dup3(3<socket:[30]>, 4, 0) = 4<socket:[30]>"], None),
        (["fcntl(3<socket:[30]>, F_DUPFD_CLOEXEC, 0) = 4<socket:[30]>"], [4]),
        (["fcntl(3<socket:[30]>, F_DUPFD, 0) = 4<socket:[30]>"], None),
        (["ioctl(3<socket:[30]>, FIOCLEX) = 0"], [3]),
        (["ioctl(3<socket:[30]>, FIOCLEX) = 0", "ioctl(3<socket:[30]>, FIONCLEX) = 0"], None),
        (["ioctl(3<socket:[30]>, FIOCLEX) = -1 EBADF (Bad file descriptor)"], None),
        (["fcntl(3<socket:[30]>, F_SETFD, FD_CLOEXEC) = 0", "dup(3<socket:[30]>) = 4<socket:[30]>"], [3]),
        (["fcntl(3<socket:[30]>, F_SETFD, FD_CLOEXEC) = 0", "fcntl(3<socket:[30]>, F_SETFD, 0) = 0"], None),
        (["close_range(3, 3, CLOSE_RANGE_CLOEXEC) = 0"], [3]),
        (["close_range(4, 9, CLOSE_RANGE_CLOEXEC) = 0"], None),
    ],
)
def test_what_is_marked_close_on_exec_and_nothing_else_closes_at_execve(lines: list[str], closed: object) -> None:
    events = translated(OPEN, *lines, 'execve("/x", [], 0x7) = 0')
    assert events[-1].call == "execve" and events[-1].args.get("closed") in ([closed] if closed else [None, []])
