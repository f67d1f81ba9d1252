"""One line of strace's output, taken apart: who, when, which call, its arguments as text, its result.

The form is strace(1)'s with `-f -ttt -T -y`; process id, time in the call (`-T`) and annotations of fds (`-y`) may be
missing. Texts in a line are other people's: a file may be called `a) = 3 <unfinished ...>`. strace escapes `<`, `>` and
`"` in such names, so an annotation ends at its first `>`; where a line has more than one place that could be the
result's, its brackets are counted.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

Form = Literal["call", "begun", "resumed", "left", "exit", "signal", "other"]
"""`call`: begun and returned. `begun`: its entry half. `resumed`: the other half. `left`: begun, and it will not be
seen to return (detached, or the process died in it). `exit`: a task ended. `signal`: a signal, or a stop by one.
`other`: what strace says of itself."""


class Line(NamedTuple):
    """One line."""

    tid: int
    """Thread id as strace prints it, the process id of its first thread; 0 where the line has none."""
    t: int
    """Nanoseconds when the line began: since 1970 (`-ttt`) or midnight (`-tt`); -1 where it does not say."""
    form: Form
    name: str = ""
    """System call; of an `exit` how it ended: `exited`, `killed`."""
    args: str = ""
    """Between its parentheses, as it stands; of an `exit` the status or the signal."""
    ret: int | None = None
    """None where strace prints `?`."""
    error: str | None = None
    """The errno's name, also the kernel's own behind a `?`: `ERESTARTSYS`."""
    tail: str = ""
    """What stands behind the result: `([{fd=3, revents=POLLIN}])`, `<socket:[1]>`."""
    took: int | None = None
    """Nanoseconds in the call (`-T`)."""


_HEAD: Final = re.compile(
    r"(?:(\d{1,9}) +|\[pid +(\d{1,9})\] )?"
    r"(?:(\d{9,10})\.(\d{6,9}) |(\d\d):(\d\d):(\d\d)(?:\.(\d{6,9}))? )?"
)
_NAME: Final = re.compile(r"([A-Za-z_?]\w*)\(")
_RESUMED: Final = re.compile(r"<\.\.\. (\w+) resumed> ?")
_EXIT: Final = re.compile(r"\+\+\+ (?:(exited) with (\d{1,9})|(killed) by (\w+)(?: \(core dumped\))?) \+\+\+$")
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?$)|(?<=\d)<(?:[A-Z][\w-]*:\[.*?\]|[^>]*)(?:>|$)|[()\[\]{}]')
"""What may hold a bracket that is none, and brackets. What has no end goes to the end: no text is read twice."""
_TOOK: Final = re.compile(r"(\d{1,9})\.(\d{6,9})$")
_UNFINISHED: Final = "<unfinished ...>"
_UNREADABLE: Final = ("???(", "<... ??? resumed>")
"""A call of a process that was killed before strace could read which one it was."""
_LONGEST: Final = 1 << 16
"""Characters in which brackets are counted."""
_DIGITS: Final = 19
"""Of a result: one of 19 may be more than a `long` holds, and no call returns so much."""


def parse(line: str) -> Line | None:
    """A line without its line end; None for one that is not strace's."""
    head = _HEAD.match(line)
    assert head is not None  # every part of it may be missing
    pid, pid_in_brackets, seconds, fraction, *clock = head.groups()
    if seconds:
        t = int(seconds) * 1_000_000_000 + _nanoseconds(fraction)
    elif clock[0]:
        t = (int(clock[0]) * 3600 + int(clock[1]) * 60 + int(clock[2])) * 1_000_000_000 + _nanoseconds(clock[3] or "")
    else:
        t = -1
    tid = int(pid or pid_in_brackets or 0)
    at = head.end()
    if line.startswith(_UNREADABLE, at):
        return Line(tid, t, "other", args=line[at:])
    named = _NAME.match(line, at)
    if named is None:
        return _no_call(tid, t, line[at:])
    name, body = named[1], line[named.end() :]
    if body.endswith("...>"):
        if body.endswith(_UNFINISHED):
            return Line(tid, t, "begun", name, body[: -len(_UNFINISHED)].removesuffix(" "))
        if body.endswith("<detached ...>"):
            return Line(tid, t, "left", name, body[: -len("<detached ...>")].removesuffix(" "))
    return _returned(tid, t, "call", name, body)


def begun(line: str) -> Line | None:
    """The entry half of a call, from a line that has no end yet; None where it is too short to tell."""
    head = _HEAD.match(line)
    assert head is not None
    named = _NAME.match(line, head.end())
    return parse(f"{line} {_UNFINISHED}") if named is not None else None


def _nanoseconds(fraction: str) -> int:
    return int(fraction) * 1000 if len(fraction) == 6 else int(fraction.ljust(9, "0") or 0)


def _no_call(tid: int, t: int, rest: str) -> Line | None:
    if rest.startswith("<..."):
        resumed = _RESUMED.match(rest)
        return _returned(tid, t, "resumed", resumed[1], rest[resumed.end() :]) if resumed is not None else None
    if rest.startswith("+++") and rest.endswith("+++"):
        end = _EXIT.match(rest)
        if end is None:
            return Line(tid, t, "other", args=rest)  # superseded by execve in another thread
        return Line(tid, t, "exit", end[1] or end[3], end[2] or end[4])
    if rest.startswith("---") and rest.endswith("---"):
        return Line(tid, t, "signal", args=rest)
    if rest.startswith("strace: ") or (rest.startswith("<pid changed to") and rest.endswith("...>")):
        return Line(tid, t, "other", args=rest)
    return None


def _returned(tid: int, t: int, form: Form, name: str, body: str) -> Line | None:
    args, found, after = body.partition("= ")
    if not found:
        return None
    if "= " in after:
        end = _end_of_arguments(body)
        if end is None:
            return None
        args, after = body[:end], body[end + 1 :].lstrip(" ")
        if not after.startswith("= "):
            return None
        after = after[2:]
    else:
        args = args.rstrip(" ")
        if not args.endswith(")"):
            return None
        args = args[:-1]
    took = None
    if after.endswith(">"):
        cut = after.rfind(" <")
        time = _TOOK.match(after, cut + 2, len(after) - 1) if cut >= 0 else None
        if time is not None:
            took, after = int(time[1]) * 1_000_000_000 + _nanoseconds(time[2]), after[:cut]
    value, _, tail = after.partition(" ")
    if value.isdecimal() and len(value) < _DIGITS:
        return Line(tid, t, form, name, args, int(value), None, tail, took)
    return _other_result(Line(tid, t, form, name, args, None, None, tail, took), value, after)


_ANNOTATED: Final = re.compile(r"(\d{1,9})<")
_HEX: Final = re.compile(r"0x[0-9a-f]{1,16}$")
_ERRNO: Final = re.compile(r"(E\w+)(?: |$)|\(errno \d{1,6}\)")


def _other_result(line: Line, value: str, after: str) -> Line | None:
    """A result that is no plain number."""
    annotated = _ANNOTATED.match(after)
    if annotated is not None:
        return line._replace(ret=int(annotated[1]), tail=after[annotated.end(1) :])
    if value == "-1":
        errno = _ERRNO.match(line.tail)
        return line._replace(ret=-1, error=errno[1] or errno[0].strip("()") if errno is not None else None)
    if value == "?":
        errno = _ERRNO.match(line.tail)
        if errno is not None:
            return line._replace(error=errno[1] or errno[0].strip("()"))
        cut = line.args.rfind(_UNFINISHED)
        return line._replace(form="left", args=line.args[:cut].removesuffix(" ") if cut >= 0 else line.args)
    if _HEX.match(value):
        bits = int(value, 16)
        return line._replace(ret=bits - (1 << 64) if bits >> 63 else bits)
    if value[:1] == "-" and value[1:].isdecimal() and len(value) < _DIGITS:
        return line._replace(ret=int(value))
    return None


def _end_of_arguments(body: str) -> int | None:
    """Where the parenthesis closes that was opened before `body`."""
    if len(body) > _LONGEST:
        end = body.rfind(") = ")
        return end if end >= 0 else None
    depth = 1
    for token in _TOKEN.finditer(body):
        text = token[0]
        if text in "([{":
            depth += 1
        elif text in ")]}":
            depth -= 1
            if not depth:
                return token.start()
    return None
