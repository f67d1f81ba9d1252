"""One line taken apart: every form that strace(1) prints, and names that look like something else."""

from __future__ import annotations

import pytest

from muxviz.sources.strace.lines import Line, begun, parse

T = 1_700_000_000_250_000_000
HEAD = "100  1700000000.250000 "

FORMS = {
    'read(3, ""..., 10) = 4 <0.000017>': Line(100, T, "call", "read", '3, ""..., 10', 4, None, "", 17_000),
    "eventfd2(0, 0)  = 8<anon_inode:[eventfd]> <0.000021>": Line(
        100, T, "call", "eventfd2", "0, 0", 8, None, "<anon_inode:[eventfd]>", 21_000
    ),
    "accept4(6<socket:[1]>, 0x7ffd, [128], 0) = -1 EAGAIN (Resource temporarily unavailable) <1.000025>": Line(
        100, T, "call", "accept4", "6<socket:[1]>, 0x7ffd, [128], 0", -1, "EAGAIN",
        "EAGAIN (Resource temporarily unavailable)", 1_000_025_000,
    ),
    "poll([{fd=3, events=POLLIN}], 1, 5) = 1 ([{fd=3, revents=POLLIN}]) <0.000001>": Line(
        100, T, "call", "poll", "[{fd=3, events=POLLIN}], 1, 5", 1, None, "([{fd=3, revents=POLLIN}])", 1_000
    ),
    "fcntl(6, F_GETFL) = 0x802 (flags O_RDWR|O_NONBLOCK)": Line(
        100, T, "call", "fcntl", "6, F_GETFL", 0x802, None, "(flags O_RDWR|O_NONBLOCK)", None
    ),
    "poll([{fd=3, events=POLLIN}], 1, -1) = ? ERESTART_RESTARTBLOCK (Interrupted by signal) <0.1>": Line(
        100, T, "call", "poll", "[{fd=3, events=POLLIN}], 1, -1", None, "ERESTART_RESTARTBLOCK",
        "ERESTART_RESTARTBLOCK (Interrupted by signal) <0.1>", None,
    ),
    "write(1, \"\"..., 3) = -1 (errno 514) <0.000002>": Line(
        100, T, "call", "write", '1, ""..., 3', -1, "errno 514", "(errno 514)", 2_000
    ),
    "exit_group(0) = ?": Line(100, T, "left", "exit_group", "0"),
    "epoll_wait(3<anon_inode:[eventpoll]>,  <unfinished ...>": Line(
        100, T, "begun", "epoll_wait", "3<anon_inode:[eventpoll]>, "
    ),
    "close(3 <unfinished ...>": Line(100, T, "begun", "close", "3"),
    "epoll_wait(3,  <detached ...>": Line(100, T, "left", "epoll_wait", "3, "),
    "epoll_wait(3,  <unfinished ...>) = ?": Line(100, T, "left", "epoll_wait", "3, "),
    "<... close resumed>)  = 0 <0.000031>": Line(100, T, "resumed", "close", "", 0, None, "", 31_000),
    '<... read resumed>""..., 4096) = 18 <0.000587>': Line(
        100, T, "resumed", "read", '""..., 4096', 18, None, "", 587_000
    ),
    "+++ exited with 3 +++": Line(100, T, "exit", "exited", "3"),
    "+++ killed by SIGSEGV (core dumped) +++": Line(100, T, "exit", "killed", "SIGSEGV"),
    "+++ superseded by execve in pid 7 +++": Line(100, T, "other", args="+++ superseded by execve in pid 7 +++"),
    "--- SIGCHLD {si_signo=SIGCHLD} ---": Line(100, T, "signal", args="--- SIGCHLD {si_signo=SIGCHLD} ---"),
    "--- stopped by SIGSTOP ---": Line(100, T, "signal", args="--- stopped by SIGSTOP ---"),
    "strace: Process 7 attached": Line(100, T, "other", args="strace: Process 7 attached"),
}  # fmt: skip


@pytest.mark.parametrize("text", FORMS)
def test_forms(text: str) -> None:
    line = parse(HEAD + text)
    wanted = FORMS[text]
    assert line is not None
    assert line == wanted._replace(tail=line.tail if wanted.form == "left" else wanted.tail)


NAMES = [
    "/a) = 3",
    "/a) = 3 \\74unfinished ...\\76",
    '/q\\"uote\\"',
    "/br[ack{et(",
    "/x, y, -1) = -1 EAGAIN (no",
    "/\\303\\274\\n-",
    "/= = =",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_not_read_as_anything_else(name: str) -> None:
    """strace escapes `<`, `>` and `"` in the names that `-y` prints, and nothing else of what is printable."""
    line = parse(f"{HEAD}dup2(3<{name}>(deleted), 20) = 20<{name}>(deleted) <0.000033>")
    assert line is not None and (line.ret, line.took) == (20, 33_000)
    assert line.args == f"3<{name}>(deleted), 20"
    half = parse(f"{HEAD}close(3<{name}> <unfinished ...>")
    assert half is not None and half.form == "begun" and half.args == f"3<{name}>"
    read = parse(f'{HEAD}write(3<{name}>, "a \\" ) = 7 b"..., 40) = 40 <0.000001>')
    assert read is not None and (read.ret, read.args) == (40, f'3<{name}>, "a \\" ) = 7 b"..., 40')


@pytest.mark.parametrize(
    ("head", "tid", "t"),
    [
        ("[pid   100] 1700000000.250000 ", 100, T),
        ("1700000000.250000 ", 0, T),
        ("100 ", 100, -1),
        ("", 0, -1),
        ("100 1700000000.250000123 ", 100, T + 123),
        ("100 00:00:02.250000 ", 100, 2_250_000_000),
        ("00:01:00 ", 0, 60_000_000_000),
    ],
)
def test_heads(head: str, tid: int, t: int) -> None:
    line = parse(head + "close(3) = 0")
    assert line is not None and (line.tid, line.t, line.name, line.ret) == (tid, t, "close", 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage",
        "100 1700000000.250000",
        HEAD + "read(3",
        HEAD + "read(3, 4)",
        HEAD + "read(3, 4) = x",
        HEAD + "read 3 = 4",
        HEAD + "<... read resumed",
        HEAD + "+++ exited",
        "\0\1\2",
        HEAD + "read(3 = 4",
        HEAD + "read(3) = " + "9" * 5000,
    ],
)
def test_what_is_none_of_straces(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("unit", ['"\\', "3<", "([{", "= ", '"', "3<A:["])
def test_a_line_of_a_megabyte_takes_no_time(unit: str) -> None:
    parse(HEAD + "read(" + unit * (1_000_000 // len(unit)) + ") = 3 = 4")
    parse(HEAD + "read(" + unit * (65_000 // len(unit)) + ") = 3 = 4")
    parse(unit * (1_000_000 // len(unit)))


def test_a_line_without_its_end() -> None:
    line = begun(HEAD + "epoll_wait(5<anon_inode:[eventpoll]>, ")
    assert line is not None and (line.form, line.name) == ("begun", "epoll_wait")
    assert begun(HEAD + "epoll_w") is None and begun("100  17000") is None


def test_long_arguments_end_at_the_last_parenthesis_that_is_followed_by_a_result() -> None:
    text = '3, "' + "a" * 100_000 + ') = 7", 5'
    found = parse(HEAD + f"write({text}) = 5 <0.000001>")
    assert found is not None and (found.args, found.ret) == (text, 5)


EDGES = {
    # a fraction of any length, a clock at each of its places
    "100 1700000000.1234567 close(3) = 0": Line(100, 1_700_000_000_123_456_700, "call", "close", "3", 0),
    "100 170000000.12345678 close(3) = 0": Line(100, 170_000_000_123_456_780, "call", "close", "3", 0),
    "100 10:20:30 close(3) = 0": Line(100, 37_230_000_000_000, "call", "close", "3", 0),
    "100 00:00:00.000001 close(3) = 0": Line(100, 1_000, "call", "close", "3", 0),
    "999999999 close(3) = 0": Line(999_999_999, -1, "call", "close", "3", 0),
    # results
    HEAD + "brk(NULL) = 0x7fffffffffffffff": Line(100, T, "call", "brk", "NULL", (1 << 63) - 1),
    HEAD + "brk(NULL) = 0xffffffffffffffff": Line(100, T, "call", "brk", "NULL", -1),
    HEAD + "brk(NULL) = 0x8000000000000000": Line(100, T, "call", "brk", "NULL", -(1 << 63)),
    HEAD + "brk(NULL) = 0x10000000000000000": None,
    HEAD + "lseek(3, 0) = " + "9" * 18: Line(100, T, "call", "lseek", "3, 0", int("9" * 18)),
    HEAD + "lseek(3, 0) = " + "9" * 19: None,
    HEAD + "lseek(3, 0) = -" + "9" * 17: Line(100, T, "call", "lseek", "3, 0", -int("9" * 17)),
    HEAD + "lseek(3, 0) = -" + "9" * 18: None,
    HEAD + "lseek(3, 0) = -2 x": Line(100, T, "call", "lseek", "3, 0", -2, None, "x"),
    HEAD + "lseek(3, 0) = --2": None,
    HEAD + "lseek(3, 0) = -": None,
    HEAD + "lseek(3, 0) = -1": Line(100, T, "call", "lseek", "3, 0", -1),
    HEAD + "lseek(3, 0) = -1 XYZ": Line(100, T, "call", "lseek", "3, 0", -1, None, "XYZ"),
    HEAD + "lseek(3, 0) = -1 ENOENT": Line(100, T, "call", "lseek", "3, 0", -1, "ENOENT", "ENOENT"),
    HEAD + "poll(3, 0) = ? (errno 512)": Line(100, T, "call", "poll", "3, 0", None, "errno 512", "(errno 512)"),
    HEAD + "poll(3, 0) = ? <0.000002>": Line(100, T, "left", "poll", "3, 0", None, None, "", 2_000),
    # the time in the call
    HEAD + "close(3) = 0 <2.000000003>": Line(100, T, "call", "close", "3", 0, None, "", 2_000_000_003),
    HEAD + "close(3) = 0 <0.00001>": Line(100, T, "call", "close", "3", 0, None, "<0.00001>"),
    HEAD + "close(3) = 0 a <x> <0.000001>": Line(100, T, "call", "close", "3", 0, None, "a <x>", 1_000),
    HEAD + "dup(3) = 4<a>": Line(100, T, "call", "dup", "3", 4, None, "<a>"),
    # what is no call
    HEAD + "+++ exited with 0": None,
    HEAD + "exited with 0 +++": None,
    HEAD + "--- SIGCHLD": None,
    HEAD + "SIGCHLD ---": None,
    HEAD + "<pid changed to 7 ...>": Line(100, T, "other", args="<pid changed to 7 ...>"),
    HEAD + "<pid changed to 7": None,
    HEAD + "x <pid changed to 7 ...>": None,
    HEAD + "a note of strace: x": None,
    HEAD + "+++ killed by SIGKILL +++": Line(100, T, "exit", "killed", "SIGKILL"),
    HEAD + "???( <unfinished ...>": Line(100, T, "other", args="???( <unfinished ...>"),
    HEAD + "<... ??? resumed>) = ?": Line(100, T, "other", args="<... ??? resumed>) = ?"),
    HEAD + "read(???() = 0": Line(100, T, "call", "read", "???(", 0),
    # more than one place that could be the result's
    HEAD + 'write(3, "= 1)", 4) = 4': Line(100, T, "call", "write", '3, "= 1)", 4', 4),
    HEAD + "poll({a= 1}) = 0": Line(100, T, "call", "poll", "{a= 1}", 0),
    HEAD + "poll([(1]= 1) = 0": None,
    HEAD + "poll(a= 1) 0": None,
    HEAD + "poll(a= 1) x= 0": None,
}


@pytest.mark.parametrize("text", EDGES)
def test_edges(text: str) -> None:
    assert parse(text) == EDGES[text]


@pytest.mark.parametrize(("length", "counted"), [(1 << 16, True), ((1 << 16) + 1, False)])
def test_brackets_are_counted_in_lines_of_so_many_characters(length: int, counted: bool) -> None:
    """A longer one ends at its last parenthesis, which is another where a text behind the result holds one."""
    text = '", 5) = 5 x) = 6'
    body = 'a= "' + "a" * (length - len(text) - 4) + text
    assert len(body) == length
    found = parse(HEAD + "write(" + body)
    assert found is not None and (found.ret == 5) is counted and (found.ret == 6) is not counted
