"""What holds for a program under strace: threads, children, every kind of descriptor, a clock in place of a gate."""

from __future__ import annotations

from typing import Any

import pytest

from muxviz.events import Exit
from tests.findings.told import MS, Told

NOTHING: list[tuple[str, str]] = []


def traced() -> Told:
    return Told("trace", held=False)


def owing() -> Told:
    """4 of more bytes were read."""
    return traced().client().wait((5, "IN")).read(4)


# --- the clock -------------------------------------------------------------------------------------------------------


def test_a_wait_that_never_returns_is_found_by_whatever_comes_later() -> None:
    told = owing().sleep()
    assert told.event(10 * MS, lane="other", call="write", fd=1, ret=1).rules == NOTHING
    told.event(15 * MS, lane="other", call="write", fd=1, ret=1)
    assert told.rules == [("stranded-data", "possible")]
    one = told.found[0]
    n = len(told.trace) - 1
    assert (one.lane, one.opened, one.evidence) == ("edge", n, (n - 4, n - 3, n - 2)), "it rests on the wait's begin"


def test_a_look_tells_the_time_too() -> None:
    assert owing().sleep().look(recv=8, after=30 * MS).rules == [("stranded-data", "certain")]
    assert owing().sleep().look(recv=0, after=30 * MS).rules == NOTHING, "and that the last read took all"
    told = owing()
    assert told.event(after=30 * MS, note="quiet").rules == NOTHING, "no wait is under way"


def test_a_wait_whose_timeout_is_not_known_yet_sleeps_when_it_has_not_returned() -> None:
    told = owing().event(call="epoll_wait", fd=4, phase="enter").event(30 * MS, note="quiet")
    assert told.rules == [("stranded-data", "possible")]


def test_a_wait_on_another_epoll_is_no_sleep_on_this_one() -> None:
    told = owing().event(call="epoll_wait", fd=9, phase="enter", tid=2).event(30 * MS, note="quiet")
    assert told.rules == NOTHING


def test_a_wait_that_a_signal_ends_has_waited() -> None:
    told = owing().event(30 * MS, call="epoll_wait", fd=4, ret=-1, error="EINTR", args={"timeout": -1}, took=29 * MS)
    assert told.rules == [("stranded-data", "possible")]
    assert told.event(exit=Exit(signal="SIGTERM")).rules == [("stranded-data", "possible")], "an end proves nothing"


def test_a_write_on_it_is_work_on_it() -> None:
    told = owing()
    for _ in range(4):
        told.event(15 * MS, call="send", fd=5, ret=4, args={"size": 4}).wait((6, "IN"), took=5 * MS)
    assert told.rules == NOTHING
    assert told.wait((6, "IN"), after=30 * MS).rules == [("stranded-data", "possible")]


# --- what a read proves ----------------------------------------------------------------------------------------------


def reading(maker: dict[str, Any], read: dict[str, Any], ready: str = "IN") -> list[tuple[str, str]]:
    told = traced().call(**maker).add(7, "IN|ET").wait((7, ready))
    return told.call(**{"fd": 7, **read}).wait(after=30 * MS).rules


SOCKET = {"call": "socket", "ret": 7}
UDP = {**SOCKET, "args": {"family": "AF_INET", "type": "SOCK_DGRAM"}}
UNIX = {**SOCKET, "args": {"family": "AF_UNIX", "type": "SOCK_STREAM"}}
TCP = {**SOCKET, "args": {"family": "AF_INET", "type": "SOCK_STREAM"}}
PIPE = {"call": "pipe", "ret": 0, "args": {"fds": [7, 8]}}
EVENTFD = {"call": "eventfd", "ret": 7, "args": {}}


@pytest.mark.parametrize(
    ("maker", "read", "proved"),
    [
        (TCP, {"call": "readv", "ret": 3, "args": {"size": 64}}, True),
        (TCP, {"call": "readv", "ret": 64, "args": {"size": 64}}, False),
        (TCP, {"call": "recvmsg", "ret": 3, "args": {"size": 64}}, True),
        (TCP, {"call": "splice", "ret": 3, "args": {"size": 64, "to": 9}}, True),
        (UNIX, {"call": "recvmsg", "ret": 3, "args": {"size": 64}}, False),
        (UNIX, {"call": "recv", "ret": 3, "args": {"size": 64}}, True),
        (UDP, {"call": "recvfrom", "ret": 3, "args": {"size": 64}}, False),
        (UDP, {"call": "recvfrom", "ret": 0, "args": {"size": 64}}, False),
        (UDP, {"call": "recvmmsg", "ret": 2, "args": {"size": 4096, "messages": 8}}, True),
        (UDP, {"call": "recvmmsg", "ret": 8, "args": {"size": 4096, "messages": 8}}, False),
        (UDP, {"call": "recvfrom", "ret": -1, "error": "EAGAIN", "args": {"size": 64}}, True),
        (PIPE, {"call": "read", "ret": 3, "args": {"size": 64}}, True),
        (EVENTFD, {"call": "read", "ret": 8, "args": {"size": 8}}, True),
        (
            {**EVENTFD, "args": {"flags": "EFD_SEMAPHORE|EFD_NONBLOCK"}},
            {"call": "read", "ret": 8, "args": {"size": 8}},
            False,
        ),
        ({"call": "timerfd_create", "ret": 7}, {"call": "read", "ret": 8, "args": {"size": 8}}, True),
        ({"call": "inotify_init", "ret": 7}, {"call": "read", "ret": 16, "args": {"size": 4096}}, False),
    ],
    ids=lambda value: str(value.get("call", "")) if isinstance(value, dict) else str(value),
)
def test_what_a_read_proves(maker: dict[str, Any], read: dict[str, Any], proved: bool) -> None:
    assert reading(maker, read) == (NOTHING if proved else [("stranded-data", "possible")])


def test_a_peek_and_a_read_of_nothing_are_no_reads() -> None:
    for read in ({"flags": "MSG_PEEK", "size": 64}, {"size": 0}):
        assert reading(TCP, {"call": "recv", "ret": 0, "args": read}) == [("ignored-edge", "possible")]


def test_an_eventfd_that_nobody_reads_is_a_bell() -> None:
    told = traced().call("eventfd", ret=7).add(7, "IN|ET").wait((7, "IN")).wait(after=30 * MS)
    assert told.rules == NOTHING, "each write of it is a new edge"
    told = traced().call("timerfd_create", ret=7).add(7, "IN|ET").wait((7, "IN")).wait(after=30 * MS)
    assert told.rules == [("ignored-edge", "possible")], "an interval goes on only when it was read"


def test_a_peek_that_finds_nothing_proves_it() -> None:
    told = owing().call("recv", fd=5, ret=-1, error="EAGAIN", args={"size": 64, "flags": "MSG_PEEK"})
    assert told.wait(after=30 * MS).rules == NOTHING
    told = owing().call("recvmsg", fd=5, ret=-1, error="EAGAIN", args={"size": 0})
    assert told.wait(after=30 * MS).rules == NOTHING, "strace shows no buffers then"


def test_a_reader_that_is_not_told_was_none_to_suspect_before() -> None:
    told = owing().wait(after=30 * MS).wait((5, "IN")).read(4).wait(after=30 * MS)
    assert told.rules == [("stranded-data", "likely")] * 2
    n = len(told.trace) - 1
    assert told.read(4).rules == [("stranded-data", "information")] * 2
    assert [one.sure(n) for one in told.found] == ["likely", "likely"], "what was known then"


# --- back-pressure ---------------------------------------------------------------------------------------------------


def test_back_pressure_hedges_what_is_left_unread_too() -> None:
    full = {"call": "sendfile", "fd": 6, "ret": -1, "error": "EAGAIN", "args": {"size": 100}}
    told = traced().client().client(fd=6).call(**full).wait((5, "IN")).read(4).wait(after=30 * MS).look(recv=8)
    assert told.rules == [("stranded-data", "possible")] and told.found[0].other == 6, "however sure it is of the bytes"
    assert told.wait((5, "IN")).rules == [("stranded-data", "possible")], "nor does an edge make more of it"
    done = {**full, "ret": 40, "error": None}
    told = traced().client().client(fd=6).call(**full).call(**done).wait((5, "IN")).read(4).wait(after=30 * MS)
    assert told.found[0].other is None, "a file that has an end is no full buffer"


# --- descriptors come and go -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "closing",
    [
        {"call": "close", "fd": 5, "ret": 0},
        {"call": "close", "fd": 5, "ret": -1, "error": "EIO"},
        {"call": "close_range", "ret": 0, "args": {"first": 5, "last": 4294967295}},
        {"call": "execve", "ret": 0, "args": {"file": "/bin/x", "closed": [5, 4]}},
        {"call": "dup", "fd": 3, "ret": 5, "args": {"fd2": 5}},
        {"call": "close", "fd": 4, "ret": 0},
        {"call": "socket", "ret": 5, "args": {"type": "SOCK_STREAM"}},
    ],
    ids=lambda call: f"{call['call']}-{call.get('error', '')}{call.get('fd', '')}",
)
def test_a_close_of_every_kind_ends_what_was_owed(closing: dict[str, Any]) -> None:
    assert owing().call(**closing).wait(after=30 * MS).rules == NOTHING
    told = owing().wait(after=30 * MS).call(**closing)
    assert told.found[0].closed == len(told.trace) - 1


def test_what_is_not_closed_is_owed_on() -> None:
    for spared in (
        {"call": "close", "fd": 5, "ret": -1, "error": "EBADF"},
        {"call": "close_range", "ret": 0, "args": {"first": 5, "last": 9, "flags": "CLOSE_RANGE_CLOEXEC"}},
        {"call": "close_range", "ret": 0, "args": {"first": 6, "last": 9}},
        {"call": "execve", "ret": -1, "error": "ENOENT", "args": {"closed": [5]}},
    ):
        assert owing().call(**spared).wait(after=30 * MS).rules == [("stranded-data", "possible")]


def test_a_close_that_returns_late_is_of_the_number_s_former_fd() -> None:
    told = traced().client().wait((5, "IN"))
    told.accept(5).add(5, "IN|ET")  # another thread has got the number, while close was still under way
    told.call("close", fd=5, ret=0, args={"former": True}, tid=2).wait((5, "IN")).read(4).wait(after=30 * MS)
    assert told.rules == [("stranded-data", "possible")]


def test_dup2_over_a_registered_fd_whose_file_lives_on_leaves_a_ghost() -> None:
    told = traced().client("IN").call("dup", fd=5, ret=6).call("dup", fd=3, ret=5, args={"fd2": 5}).wait((5, "IN"))
    assert told.rules == [("ghost-fd", "certain")]


def test_a_child_that_closes_what_it_was_given_shares_it_no_more() -> None:
    told = traced().client()
    child = {"lane": "edge:77", "pid": 77}
    told.event(call="close", fd=4, ret=0, **child)  # before the parent's own line
    told.call("fork", ret=77)
    assert told.wait((5, "IN")).read(4).wait(after=30 * MS).rules == NOTHING
    told.event(call="execve", ret=0, args={"closed": [3, 5]}, **child)
    assert told.wait((5, "IN")).read(4).wait(after=30 * MS).rules == [("stranded-data", "possible")]


def test_a_child_that_ends_shares_nothing_any_more() -> None:
    told = traced().client().call("fork", ret=77)
    told.event(call="write", fd=1, ret=1, lane="edge:77", pid=77).event(exit=Exit(status=0), lane="edge:77", pid=77)
    assert told.wait((5, "IN")).read(4).wait(after=30 * MS).rules == [("stranded-data", "possible")]


def test_what_a_child_inherited_is_not_its_own() -> None:
    told = traced().event(call="fork", ret=77, pid=1)
    child = {"lane": "edge:77", "pid": 77}
    told.event(call="epoll_create", ret=5, **child)
    told.event(call="epoll_ctl", fd=5, ret=0, args={"op": "ADD", "fd": 9, "events": "IN|ET"}, **child)
    told.event(call="epoll_wait", fd=5, ret=1, ready=[(9, "IN")], args={"timeout": -1}, **child)
    told.event(30 * MS, call="epoll_wait", fd=5, ret=0, ready=[], args={"timeout": 30}, **child)
    assert told.rules == NOTHING


def test_two_lanes_of_one_process_are_one_process() -> None:
    one, other = {"lane": "x/ep4", "pid": 9}, {"lane": "x", "pid": 9}
    told = traced().event(call="epoll_create", ret=4, **one)
    told.event(call="accept", fd=3, ret=5, args={"peer": ["127.0.0.1", 40000]}, **other)
    told.event(call="epoll_ctl", fd=4, ret=0, args={"op": "ADD", "fd": 5, "events": "IN|ET"}, **one)
    told.event(call="epoll_wait", fd=4, ret=1, ready=[(5, "IN")], args={"timeout": -1}, **one)
    told.event(call="recv", fd=5, ret=4, args={"size": 4}, **other)
    told.event(30 * MS, call="epoll_wait", fd=4, ret=0, ready=[], args={"timeout": 30}, **one)
    assert told.rules == [("stranded-data", "possible")] and told.found[0].lane == "x/ep4"
    told.event(call="close", fd=5, ret=0, **other)
    assert told.ends == ["closed"]


# --- threads ---------------------------------------------------------------------------------------------------------


def level(told: Told, tid: int) -> Told:
    return told.event(call="epoll_wait", fd=4, ret=1, ready=[(5, "IN")], args={"timeout": -1}, took=2000, tid=tid)


def test_four_threads_that_are_told_once_each_are_no_spin() -> None:
    told = traced().client("IN")
    for tid in (1, 2, 3, 4, 1, 2, 3, 4):
        level(told, tid)
    assert told.rules == NOTHING
    for _ in range(2):
        level(told, 1)
    assert told.rules == [("level-ignored", "certain")]
    assert told.event(call="recv", fd=5, ret=4, args={"size": 4}, tid=9).ends == ["call"]


def test_a_thread_that_closes_what_another_one_waits_for_leaves_no_ghost() -> None:
    told = traced().client("IN").event(call="epoll_wait", fd=4, phase="enter", tid=1)
    told.event(call="epoll_wait", fd=4, phase="enter", tid=2)
    told.event(call="close", fd=5, ret=0, tid=3)
    told.event(call="epoll_wait", fd=4, ret=1, ready=[(5, "IN")], args={"timeout": -1}, tid=1)
    assert told.rules == NOTHING, "it may have been on its way"


# --- what blocks -----------------------------------------------------------------------------------------------------


def served(flags: str | None) -> Told:
    args = {"peer": ["127.0.0.1", 40000], **({"flags": flags} if flags else {})}
    return traced().add(3, "IN").call("accept", fd=3, ret=5, args=args).add(5, "IN").wait((5, "IN"))


def slow(told: Told, took: int = 12 * MS, **fields: Any) -> Told:
    return told.event(took, call="recv", fd=5, ret=4, args={"size": 4}, took=took, **fields)


def test_a_call_that_blocks() -> None:
    assert slow(served(None)).rules == [("blocking-io", "possible")], "it may have waited for a processor"
    assert slow(served(None), took=9 * MS).rules == NOTHING
    assert slow(served(None), took=1000 * MS).rules == [("blocking-io", "likely")]
    assert slow(served(None).read(2)).rules == [("blocking-io", "certain")], "a short read before it"
    assert slow(served(None), tid=9).rules == NOTHING, "another thread's loop"


def test_the_mode_is_that_of_every_copy_of_an_fd() -> None:
    told = served(None).read(2).call("dup", fd=5, ret=6)
    told.call("fcntl", fd=6, ret=0, args={"command": "F_SETFL", "value": "O_RDWR|O_NONBLOCK"})
    assert slow(told).rules == NOTHING
    told.call("ioctl", fd=6, ret=0, args={"request": "FIONBIO", "value": 0})
    assert slow(told).rules == [("blocking-io", "possible")]


def test_what_is_non_blocking_did_not_block_however_long_it_took() -> None:
    assert slow(served("SOCK_CLOEXEC|SOCK_NONBLOCK")).rules == NOTHING
    told = served(None).call("ioctl", fd=5, ret=0, args={"request": "FIONBIO", "value": 1})
    assert slow(told).rules == NOTHING
    told.call("fcntl", fd=5, ret=0, args={"command": "F_SETFL", "value": "O_RDWR"})
    assert slow(told).rules == [("blocking-io", "possible")]
    told = served(None)
    told.event(12 * MS, call="recv", fd=5, ret=4, args={"size": 4, "flags": "MSG_DONTWAIT"}, took=12 * MS)
    assert told.rules == NOTHING


def test_an_fd_of_which_nothing_is_known_may_have_blocked() -> None:
    told = traced().add(3, "IN").add(9, "IN").wait((9, "IN"))
    told.event(12 * MS, call="read", fd=9, ret=4, args={"size": 4}, took=12 * MS)
    assert told.rules == [("blocking-io", "possible")]


def test_what_nobody_waits_for_may_block() -> None:
    told = traced().event(30 * MS, call="accept", fd=3, ret=5, took=30 * MS)
    told.event(30 * MS, call="recv", fd=5, ret=4, args={"size": 4}, took=30 * MS)
    assert told.rules == NOTHING


def test_a_call_that_does_not_return_is_found_by_the_clock() -> None:
    told = served(None).event(call="recv", fd=5, phase="enter")
    assert told.rules == NOTHING
    assert told.event(12 * MS, note="quiet").rules == [("blocking-io", "possible")]
    assert told.event(900 * MS, note="quiet").rules == [("blocking-io", "possible")]
    assert told.event(900 * MS, note="quiet").rules == [("blocking-io", "likely")]
    assert slow(told, took=20 * MS).ends == ["returned"] and len(told.found) == 1


# --- a pause ---------------------------------------------------------------------------------------------------------


def held(told: Told, held: bool, after: int = MS) -> Told:
    return told.event(after, lane=None, role="observer", note="paused" if held else "goes on", args={"held": held})


def test_what_lasted_over_a_pause_says_nothing_of_the_program() -> None:
    told = held(held(owing(), True), False, after=900 * MS)
    assert told.wait((6, "IN")).rules == NOTHING
    assert told.wait((6, "IN"), after=30 * MS).rules == [("stranded-data", "possible")]
    told = held(held(served(None), True), False, 900 * MS)
    assert told.event(MS, call="recv", fd=5, ret=4, args={"size": 4}, took=902 * MS).rules == NOTHING
    told = held(served(None).event(call="recv", fd=5, phase="enter"), True).event(900 * MS, note="quiet")
    assert told.rules == NOTHING and held(told, False).event(30 * MS, note="quiet").rules != NOTHING


def test_while_it_stands_what_lies_there_may_be_told_of_already() -> None:
    told = held(owing().sleep(), True).look(recv=8, after=900 * MS)
    assert told.rules == NOTHING
    told = held(owing().wait(after=30 * MS).sleep(), True).look(recv=8, after=900 * MS)
    assert told.rules == [("stranded-data", "possible")]


def test_a_poll_beside_an_epoll_takes_no_interest_away() -> None:
    told = served(None).call("poll", ret=1, ready=[(9, "IN")], args={"interest": [[9, "IN"]]})
    fds = told.trace.now.lanes["edge"].fds
    assert (fds[5].interest, fds[9].interest) == ("IN", "IN")
    assert slow(told).rules == [("blocking-io", "possible")]
    told.drop(5).call("poll", ret=0, ready=[], args={"interest": []})
    assert (fds[5].interest, fds[9].interest) == ("", "")
