"""Lines of threads beside each other, and of a process that dies in its calls."""

from __future__ import annotations

from muxviz.sources.strace import Translator
from muxviz.trace import Trace
from tests.sources.strace.verdict import read

EPOLL = "4<anon_inode:[eventpoll]>"
LINES = f"""\
9 1700000000.000000 epoll_create1(EPOLL_CLOEXEC) = {EPOLL} <0.000010>
9 1700000000.000100 accept4(3<socket:[1]>, NULL, NULL, SOCK_NONBLOCK) = 5<socket:[2]> <0.000010>
9 1700000000.000200 epoll_ctl({EPOLL}, EPOLL_CTL_ADD, 5<socket:[2]>, {{events=EPOLLIN, data={{u32=5, u64=5}}}}) = 0
9 1700000000.000300 clone3({{flags=CLONE_VM|CLONE_FILES|CLONE_THREAD}}, 88) = 10 <0.000010>
"""


def after(text: str) -> tuple[Trace, object]:
    trace, counted = read([(LINES + text).encode()])
    return trace, (counted.words(), counted.lost, counted.unknown)


def test_a_number_that_is_taken_while_its_close_is_under_way_is_the_new_fd_s() -> None:
    trace, counted = after(
        "9 1700000000.001000 close(5<socket:[2]> <unfinished ...>\n"
        "10 1700000000.001010 accept4(3<socket:[1]>, NULL, NULL, SOCK_NONBLOCK) = 5<socket:[3]> <0.000010>\n"
        f"10 1700000000.001100 epoll_ctl({EPOLL}, EPOLL_CTL_ADD, 5<socket:[3]>, "
        "{events=EPOLLIN|EPOLLET, data={u32=5, u64=5}}) = 0 <0.000010>\n"
        "9 1700000000.001200 <... close resumed>) = 0 <0.000200>\n"
        "9 1700000000.001300 close(7<socket:[9]>) = 0 <0.000010>\n"
    )
    fd = trace.now.lanes[trace.lanes[0]].fds[5]
    assert (fd.client, fd.interest) == ("#2", "IN|ET") and 7 not in trace.now.lanes[trace.lanes[0]].fds
    assert counted == (None, 0, 0)


def test_a_call_that_its_process_dies_in_is_one_call() -> None:
    trace, counted = after(
        f"9 1700000000.001000 epoll_wait({EPOLL},  <unfinished ...>\n"
        "10 1700000000.001010 close(5<socket:[2]> <unfinished ...>\n"
        "9 1700000000.002000 <... epoll_wait resumed> <unfinished ...>) = ?\n"
        "10 1700000000.002010 <... close resumed>) = ?\n"
    )
    waits = [event for event in map(trace.__getitem__, range(len(trace))) if event.call == "epoll_wait"]
    assert [(event.phase, event.fd) for event in waits] == [("enter", 4)] and counted == (None, 0, 0)


def test_a_call_that_strace_could_not_read_any_more_is_none() -> None:
    for text in (
        "9 1700000000.1 ???( <unfinished ...>\n9 1700000000.2 <... ??? resumed>) = ?\n",
        "10 1700000000.1 ???()           = ?\n",
    ):
        _, counted = after(
            text.replace("1700000000.1", "1700000000.100000").replace("1700000000.2", "1700000000.200000")
        )
        assert counted == (None, 0, 0)


def test_the_begin_of_a_call_is_kept_apart_from_a_close_in_one_line() -> None:
    translator = Translator()
    events = translator.lines((LINES + "9 1700000000.001000 close(5<socket:[2]>) = 0 <0.000010>\n").encode())
    assert "former" not in events[-1].args and events[-1].call == "close"
