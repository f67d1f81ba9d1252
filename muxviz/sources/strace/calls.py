"""The table: what strace calls a system call, what it is called here, and which of its arguments an event has.

Names and arguments are those of the probe (`muxviz.sources.ring.decode`), so that state, findings and sentences
need not know where an event came from. The exact system call is in `args["syscall"]` where its name differs. Sizes are
bytes, timeouts milliseconds. An entry reads the text between the parentheses alone; results and descriptors are
`translate`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from muxviz.calls import ALL_READS, ALL_WRITES, which
from muxviz.sources.strace import arguments
from muxviz.sources.strace.arguments import ANNOTATION, Events, split


class Described(NamedTuple):
    """A call's arguments."""

    call: str
    """Its name here."""
    fd: int | None
    file: str
    """The fd's annotation, where it has one."""
    args: dict[str, Any]
    """An event's `args`; to be copied before it is changed."""
    events: Events = ()
    """Of an epoll wait: what it reported, by user data."""
    files: tuple[str, ...] = ()
    """Annotations of other fds that it names: the pair that it made, the second fd of epoll_ctl and splice."""


Read = Callable[[str], Described]


def _first(text: str) -> tuple[int | None, str, str]:
    """The first argument as an fd, its annotation, and the text behind it."""
    plain, _, rest = text.partition(", ")
    fd, file = arguments.fd(plain)
    if fd is None or (not file and "<" in plain):  # the annotation has a comma in it
        first, *others = split(text) or [""]
        fd, file = arguments.fd(first)
        rest = ", ".join(others)
    return fd, file, rest


def _plain(call: str) -> Read:
    """A call on an fd of which nothing else is said."""

    def read(text: str) -> Described:
        fd, file, _ = _first(text)
        return Described(call, fd, file, {})

    return read


_SIZED: Final = re.compile(rf'(\d{{1,9}}){ANNOTATION}?, (?:""(?:\.\.\.)?|0x[0-9a-f]+|NULL), (\d{{1,18}})(?:, (.*))?$')


def _sized(call: str) -> Read:
    """read(2), write(2), pread(2): a buffer and its size."""

    def read(text: str) -> Described:
        found = _SIZED.match(text)
        if found is not None:
            return Described(call, int(found[1]), found[2] or "", {"size": int(found[3])})
        fd, file, rest = _first(text)
        size = arguments.number(split(rest)[1]) if len(split(rest)) > 1 else None
        return Described(call, fd, file, {} if size is None else {"size": size})

    return read


def _vector(call: str) -> Read:
    """readv(2), writev(2): the bytes of all buffers."""

    def read(text: str) -> Described:
        fd, file, rest = _first(text)
        return Described(call, fd, file, {"size": arguments.iov_size(rest)})

    return read


def _stream(call: str, addressed: str, key: str) -> Read:
    """recvfrom(2), sendto(2): `recv` and `send` where no address is given."""

    def read(text: str) -> Described:
        found = _SIZED.match(text)
        if found is not None:
            fd: int | None = int(found[1])
            file, size, rest = found[2] or "", int(found[3]), split(found[4] or "")
        else:
            fd, file, behind = _first(text)
            _, size_text, *rest = [*split(behind), "", ""]
            size = arguments.number(size_text) or 0
        flags, address = (*rest, "0", "NULL")[:2] if len(rest) > 1 else ((*rest, "0")[0], "NULL")
        args: dict[str, Any] = {"size": size}
        if flags != "0" and flags:
            args["flags"] = flags
        if address == "NULL":
            return Described(call, fd, file, args)
        name = arguments.address(address)
        return Described(addressed, fd, file, args | ({key: name} if name else {}))

    return read


def _recv(text: str) -> Described:
    """recv(2) and send(2) of 32-bit machines."""
    fd, file, rest = _first(text)
    _, size, flags, *_ = (*split(rest), "", "", "0")
    args: dict[str, Any] = {"size": arguments.number(size) or 0}
    return Described("recv", fd, file, args | ({"flags": flags} if flags not in ("0", "") else {}))


def _send(text: str) -> Described:
    return _recv(text)._replace(call="send")


def _message(call: str) -> Read:
    """recvmsg(2), sendmsg(2): one message in buffers."""

    def read(text: str) -> Described:
        fd, file, rest = _first(text)
        header, flags, *_ = (*split(rest), "", "0")
        args: dict[str, Any] = {"size": arguments.iov_size(header)}
        if flags not in ("0", ""):
            args["flags"] = flags
        return Described(call, fd, file, args)

    return read


_SENT: Final = re.compile(r"msg_len=(\d{1,15})")


def _messages(call: str) -> Read:
    """recvmmsg(2), sendmmsg(2): `ret` counts messages; `bytes` is what those that were moved have together."""

    def read(text: str) -> Described:
        fd, file, rest = _first(text)
        vector, length, flags, *_ = (*split(rest), "", "", "0")
        args: dict[str, Any] = {"messages": arguments.number(length) or 0, "size": arguments.iov_size(vector)}
        args["bytes"] = sum(map(int, _SENT.findall(vector)))
        return Described(call, fd, file, args | ({"flags": flags} if flags not in ("0", "") else {}))

    return read


def _splice(text: str) -> Described:
    """splice(2), tee(2): from `fd` to `args["to"]`."""
    source, _, target, _, size, flags = (*split(text), *("",) * 6)[:6]
    fd, file = arguments.fd(source)
    to, to_file = arguments.fd(target)
    args: dict[str, Any] = {"to": to, "size": arguments.number(size) or 0}
    return Described("splice", fd, file, args | ({"flags": flags} if flags not in ("0", "") else {}), files=(to_file,))


def _sendfile(text: str) -> Described:
    """sendfile(2): on `fd`, from the file `args["from"]`."""
    target, source, _, size = (*split(text), *("",) * 4)[:4]
    fd, file = arguments.fd(target)
    return Described("sendfile", fd, file, {"size": arguments.number(size) or 0, "from": arguments.fd(source)[0]})


# --- waits -------------------------------------------------------------------------------------------------------


def _epoll_wait(text: str) -> Described:
    head, _, rest = text.partition(", ")
    fd, file = arguments.fd(head)
    events: Events = ()
    args: dict[str, Any] = {}
    if rest.startswith("["):
        end = rest.find("]") + 1  # no bracket is in it but the last: flags and numbers
        listed, rest = rest[:end], rest[end + 2 :]
        events = arguments.epoll_events(listed)
        if listed.endswith("...]"):
            args["cut"] = True
    else:
        rest = rest.partition(", ")[2]
    room, timeout, *_ = (*(split(rest) if "{" in rest else rest.split(", ")), "", "")
    ms = arguments.number(timeout) if timeout[:1] not in ("{", "N") else arguments.milliseconds(timeout)
    if ms is not None:
        args["timeout"] = max(ms, -1)
    maxevents = arguments.number(room)
    if maxevents is not None:
        args["maxevents"] = maxevents
    return Described("epoll_wait", fd, file, args, events)


def _poll(text: str) -> Described:
    asked, count, timeout = (*split(text), "", "", "")[:3]
    ms = arguments.milliseconds(timeout) if timeout[:1] in ("{", "N") else arguments.number(timeout)
    interest, files = arguments.poll_interest(asked)
    args: dict[str, Any] = {"interest": interest}
    if ms is not None:
        args["timeout"] = max(ms, -1)
    missing = (arguments.number(count) or 0) - asked.count("{fd=")
    if asked.endswith("...]") and missing > 0:
        args["interest_cut"] = missing
    return Described("poll", None, "", args, files=files)


def _select(text: str) -> Described:
    parts = [*split(text), *("",) * 5]
    sets = [arguments.members(one) for one in parts[1:4]]
    asked, files = arguments.sides(sets), sets[0] | sets[1] | sets[2]
    ms = arguments.milliseconds(parts[4])
    args: dict[str, Any] = {"interest": [list(pair) for pair in asked]}
    if ms is not None:
        args["timeout"] = ms
    return Described("select", None, "", args, files=tuple(files[fd] for fd, _ in asked))


_CONTROL: Final = re.compile(rf"(\d{{1,9}}){ANNOTATION}?, EPOLL_CTL_([A-Z]+), (-?\d{{1,9}}){ANNOTATION}?(?:, (.*))?$")


def _epoll_ctl(text: str) -> Described:
    """`data` is there where it is not the fd's own number in its lower half."""
    found = _CONTROL.match(text)
    if found is None:
        return _plain("epoll_ctl")(text)
    epoll, file, op, target, target_file, event = found.groups()
    number = int(target)
    args: dict[str, Any] = {"op": op, "fd": number}
    events = arguments.epoll_events(event or "")
    if op != "DEL" and events:
        args["events"] = events[0][0]
        if events[0][1] & 0xFFFFFFFF != number:
            args["data"] = events[0][1]
    known = events if op != "DEL" else ()
    return Described("epoll_ctl", int(epoll), file or "", args, known, (target_file or "",))


# --- sockets -----------------------------------------------------------------------------------------------------


def _socket(text: str) -> Described:
    family, kind, protocol, pair = (*split(text), *("",) * 4)[:4]
    kind, _, flags = kind.partition("|")
    args: dict[str, Any] = {"family": family, "type": kind}
    proto = arguments.protocol(protocol)
    if proto:
        args["proto"] = proto
    if flags:
        args["flags"] = flags
    if not pair:
        return Described("socket", None, "", args)
    args["fds"], files = _pair(pair)
    return Described("socketpair", None, "", args, files=files)


def _pair(text: str) -> tuple[list[int], tuple[str, ...]]:
    """`[3<pipe:[1]>, 4<pipe:[1]>]`; nothing where the call failed."""
    made = [arguments.fd(one) for one in split(text[1:-1])] if text.startswith("[") else []
    return [number for number, _ in made if number is not None], tuple(file for _, file in made)


def _accept(text: str) -> Described:
    fd, file, rest = _first(text)
    peer, _, flags = (*split(rest), *("",) * 3)[:3]
    name = arguments.address(peer)
    args: dict[str, Any] = {"peer": name} if name else {}
    return Described("accept", fd, file, args | ({"flags": flags} if flags not in ("0", "") else {}))


def _named(call: str) -> Read:
    """bind(2), connect(2)."""

    def read(text: str) -> Described:
        fd, file, rest = _first(text)
        name = arguments.address((split(rest) or [""])[0])
        return Described(call, fd, file, {"address": name} if name else {})

    return read


def _listen(text: str) -> Described:
    fd, file, rest = _first(text)
    return Described("listen", fd, file, {"backlog": arguments.scalar(rest)})


def _shutdown(text: str) -> Described:
    fd, file, rest = _first(text)
    return Described("shutdown", fd, file, {"how": rest.removeprefix("SHUT_")})


_LEVELS: Final = {
    "SOL_TCP": "IPPROTO_TCP",
    "SOL_IP": "IPPROTO_IP",
    "SOL_IPV6": "IPPROTO_IPV6",
    "SOL_UDP": "IPPROTO_UDP",
}
_LINGER: Final = re.compile(r"\{l_onoff=(\d{1,9}), l_linger=(\d{1,9})\}")


def _option(call: str) -> Read:
    """setsockopt(2), getsockopt(2)."""

    def read(text: str) -> Described:
        fd, file, rest = _first(text)
        level, option, value = (*split(rest), *("",) * 3)[:3]
        linger = _LINGER.match(value)
        if linger is not None:
            shown: Any = [int(linger[1]), int(linger[2])]
        else:
            shown = arguments.scalar(value) if not value.startswith('"') else None
            shown = arguments.errno_number(shown) if isinstance(shown, str) and shown.startswith("E") else shown
        args = {"level": _LEVELS.get(level, level), "option": option}
        return Described(call, fd, file, args if shown is None else args | {"value": shown})

    return read


# --- descriptors -------------------------------------------------------------------------------------------------


def _flagged(call: str) -> Read:
    """Calls that make an fd and take flags last: epoll_create1(2), eventfd2(2), timerfd_create(2), inotify_init1(2)."""

    def read(text: str) -> Described:
        last = (split(text) or [""])[-1]
        return Described(call, None, "", {"flags": last} if "_" in last and last.isupper() else {})

    return read


def _pipe(text: str) -> Described:
    pair, flags = (*split(text), *("",) * 2)[:2]
    fds, files = _pair(pair)
    args: dict[str, Any] = {"fds": fds} if fds else {}
    return Described("pipe", None, "", args | ({"flags": flags} if flags not in ("0", "") else {}), files=files)


def _signalfd(text: str) -> Described:
    """signalfd4(2): on -1 it makes one, on an fd it changes that one's signals."""
    parts = split(text)
    number, file = arguments.fd(parts[0] if parts else "")
    flags = parts[-1] if parts and parts[-1].startswith("SFD_") else ""
    return Described("signalfd", number if number is not None and number >= 0 else None, file,
                     {"flags": flags} if flags else {})  # fmt: skip


def _dup(text: str) -> Described:
    fd, file, rest = _first(text)
    parts = split(rest)
    args: dict[str, Any] = {}
    if parts:
        second = arguments.fd(parts[0])[0]
        args = {} if second is None else {"fd2": second}
        if len(parts) > 1 and parts[1] != "0":
            args["flags"] = parts[1]
    return Described("dup", fd, file, args)


def _fcntl(text: str) -> Described:
    fd, file, rest = _first(text)
    command, _, value = rest.partition(", ")
    if command.startswith("F_DUPFD"):
        args: dict[str, Any] = {"flags": "FD_CLOEXEC"} if command == "F_DUPFD_CLOEXEC" else {}
        return Described("dup", fd, file, args)
    return Described("fcntl", fd, file, {"command": command} | ({"value": value[:200]} if value else {}))


def _ioctl(text: str) -> Described:
    fd, file, rest = _first(text)
    request, _, value = rest.partition(", ")
    shown = arguments.scalar(value) if value.startswith("[") else None
    return Described(
        "ioctl", fd, file, {"request": request[:80]} | ({"value": shown} if isinstance(shown, int) else {})
    )


def _close_range(text: str) -> Described:
    first, last, flags = (*split(text), *("",) * 3)[:3]
    args: dict[str, Any] = {"first": arguments.number(first) or 0, "last": arguments.number(last)}
    if args["last"] is None or args["last"] < 0:
        args["last"] = (1 << 32) - 1
    return Described("close_range", None, "", args | ({"flags": flags} if flags not in ("0", "") else {}))


# --- processes ---------------------------------------------------------------------------------------------------

_CLONE_FLAGS: Final = re.compile(r"flags=([\w|]+)")


def _clone(text: str) -> Described:
    """A new process is a `fork`; a new thread stays a `clone`."""
    flags = _CLONE_FLAGS.search(text)
    names = flags[1] if flags is not None else ""
    return Described(
        "clone" if "CLONE_THREAD" in names.split("|") else "fork", None, "", {"flags": names} if names else {}
    )


def _execve(text: str) -> Described:
    parts = split(text)
    name = next((arguments.string(part) for part in parts if part.startswith('"')), None)
    return Described("execve", None, "", {"file": name} if name is not None else {})


def _bare(call: str) -> Read:
    return lambda text: Described(call, None, "", {})


DESCRIPTIONS: Final[dict[str, Read]] = {
    "select": _select, "_newselect": _select, "pselect6": _select, "pselect6_time64": _select,
    "poll": _poll, "ppoll": _poll, "ppoll_time64": _poll,
    "epoll_create": _bare("epoll_create"), "epoll_create1": _flagged("epoll_create"), "epoll_ctl": _epoll_ctl,
    "epoll_wait": _epoll_wait, "epoll_pwait": _epoll_wait, "epoll_pwait2": _epoll_wait,
    "accept": _accept, "accept4": _accept, "socket": _socket, "socketpair": _socket,
    "bind": _named("bind"), "connect": _named("connect"), "listen": _listen, "shutdown": _shutdown,
    "setsockopt": _option("setsockopt"), "getsockopt": _option("getsockopt"),
    "getsockname": _plain("getsockname"), "getpeername": _plain("getpeername"),
    "read": _sized("read"), "write": _sized("write"), "pread64": _sized("pread"), "pwrite64": _sized("pwrite"),
    "readv": _vector("readv"), "writev": _vector("writev"), "preadv": _vector("preadv"), "pwritev": _vector("pwritev"),
    "preadv2": _vector("preadv"), "pwritev2": _vector("pwritev"),
    "recvfrom": _stream("recv", "recvfrom", "peer"), "sendto": _stream("send", "sendto", "address"),
    "recv": _recv, "send": _send, "recvmsg": _message("recvmsg"), "sendmsg": _message("sendmsg"),
    "recvmmsg": _messages("recvmmsg"), "recvmmsg_time64": _messages("recvmmsg"), "sendmmsg": _messages("sendmmsg"),
    "splice": _splice, "sendfile": _sendfile, "sendfile64": _sendfile,
    "close": _plain("close"), "close_range": _close_range,
    "dup": _dup, "dup2": _dup, "dup3": _dup, "fcntl": _fcntl, "fcntl64": _fcntl, "ioctl": _ioctl,
    "pipe": _pipe, "pipe2": _pipe,
    "eventfd": _flagged("eventfd"), "eventfd2": _flagged("eventfd"), "timerfd_create": _flagged("timerfd_create"),
    "timerfd_settime": _plain("timerfd_settime"), "signalfd": _signalfd, "signalfd4": _signalfd,
    "inotify_init": _bare("inotify_init"), "inotify_init1": _flagged("inotify_init"),
    "clone": _clone, "clone3": _clone, "fork": _bare("fork"), "vfork": _bare("fork"),
    "execve": _execve, "execveat": _execve,
    "io_uring_setup": _bare("io_uring_setup"), "io_uring_enter": _plain("io_uring_enter"),
    "io_uring_register": _plain("io_uring_register"),
}  # fmt: skip
"""By strace's name."""

_SAME: Final = {"recvfrom": "recv", "sendto": "send"}
"""recv(2) and send(2) are these system calls on every 64-bit machine: no other name is worth saying."""
_described: Final[dict[tuple[str, str], Described]] = {}


def describe(name: str, text: str) -> Described | None:
    """A call's arguments by strace's name; None for a call that is not in the table."""
    key = (name, text)
    found = _described.get(key)
    if found is None:
        read = DESCRIPTIONS.get(name)
        if read is None:
            return None
        found = read(text)
        if found.call != name and _SAME.get(name) != found.call:
            found.args["syscall"] = name
        if len(text) < arguments.LONGEST:
            if len(_described) >= arguments.MOST:
                _described.clear()
            _described[key] = found
    return found


ON_FD: Final = ALL_READS | ALL_WRITES | which("moves", "registers", "configures", "asks") | {
    "accept", "epoll_wait", "close", "dup",
}  # fmt: skip
"""Calls whose first argument is an fd."""
