"""Decodes a lane's records (`muxviz.probe.ring_format`) into Events."""

from __future__ import annotations

import errno
import marshal
import os
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from struct import Struct
from typing import Any, Final

from muxviz import servers
from muxviz.events import LARGEST, Event, Exit, Queues, Role, flag_names
from muxviz.payload import escape
from muxviz.probe import ring_format
from muxviz.probe.ring_format import FIRST_CALL, HEADER_BYTES, AnyLook

TCP_STATES: Final = (
    None, "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT",
    "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV",
)  # fmt: skip
"""include/net/tcp_states.h, by number."""

_SPECIMENS: Final = str(Path(servers.__file__).parent) + os.sep
_SIDES: Final = tuple("|".join(name for bit, name in ((1, "R"), (2, "W"), (4, "X")) if bits & bit) for bits in range(8))
_OPS: Final = {1: "ADD", 2: "DEL", 3: "MOD"}
_HOW: Final = {0: "RD", 1: "WR", 2: "RDWR"}
_FORK_NOTE: Final = "child {} let go: it runs untraced"
_FLAGS: dict[int, str] = {}

_CALLS: Final = (*("",) * FIRST_CALL, *ring_format.CALLS)
_ERRORS: Final = {ring_format.TIMED_OUT: "timeout", **ring_format.TLS_ERRORS}
"""What is no errno."""
_NOWHERE: Final = (None, None)

Header = tuple[int, int, int, int, int, int, int, int, int, int, int]
"""The fields of `layout.HEADER`."""

_WORD: Final = 1 << 63
_C_INT: Final = 1 << 31
_LEAST: Final = -_C_INT
_LARGEST_REAL: Final = 1e15
_DEEPEST: Final = 5
"""Containers within each other, `args` itself with them: `events.Value`."""
_SUSPECT: Final = re.compile(rb"[(\[<>\xa8\xdb\xbc\xbe](?:.[\x10-\xff]|..[^\0]|...[^\0])|[c\xe3]...\0...\0", re.DOTALL)
"""Bytes that marshal could take for a tuple of more than 4,095 parts, for which it makes room before it has seen one
of them, or for a code object. Payload has such bytes too: `_parts` tells."""
_WIDE_TUPLE: Final = re.compile(rb"\((?:.[\x10-\xff]|..[^\0]|...[^\0])", re.DOTALL)
_WIDE_LIST: Final = re.compile(rb"\[(?:.[\x10-\xff]|..[^\0]|...[^\0])", re.DOTALL)
_NOT_OF_WAITS: Final = b"<>\xa8\xdb\xbc\xbec\xe3"
"""`_SUSPECT` in three parts that are quick one by one: searching for a literal is, for one of a class is not. The tail
of most waits has tuples, a list, and no other byte that `_SUSPECT` begins with."""
_FIXED: Final = {**dict.fromkeys(b"NTF", 0), ord("i"): 4, ord("g"): 8}
_COUNTED: Final = {ord("s"): 1, ord("t"): 1, ord("u"): 1, ord("l"): 2}
"""Bytes of each of the parts that the 32 bits behind the type count (Python/marshal.c, version 2)."""


class ScribbledError(Exception):
    """Bytes of the mapped file that the probe can't have written."""


def loads(data: bytes) -> Any:
    """A tail, in marshal's form. Raises ScribbledError, and what marshal raises."""
    quick = (
        len(data.translate(None, _NOT_OF_WAITS)) == len(data)
        and _WIDE_TUPLE.search(data) is None
        and _WIDE_LIST.search(data) is None
    )
    if not quick and _SUSPECT.search(data) is not None:
        _parts(data)
    return marshal.loads(data)


def _parts(data: bytes) -> None:
    """Walk through a tail. Raises ScribbledError where it holds what the probe never writes, or counts more than it
    has; so nothing that it asks room for is larger than itself."""
    at, left = 0, 1
    while left:
        left -= 1
        kind = data[at] if at < len(data) else -1
        at += 1
        if kind in _FIXED:
            at += _FIXED[kind]
            continue
        count = int.from_bytes(data[at : at + 4], "little", signed=True)
        at += 4
        if kind in _COUNTED:
            at += _COUNTED[kind] * (abs(count) if kind == ord("l") else count)
        elif kind in b"([" and 0 <= count <= len(data) - at:
            left += count
        else:
            raise ScribbledError(f"a tail with {kind} in it")
        if (count < 0 and kind != ord("l")) or at > len(data):
            raise ScribbledError(f"a tail with a part of {count}")


def _sound(value: Any, depth: int = _DEEPEST) -> bool:
    """What a recording's line can hold (`events.Value`): numbers of 64 bits, text, and lists and maps of them."""
    if value is None or type(value) in (bool, str):
        return True
    if type(value) is int:
        return -_WORD <= value < _WORD
    if type(value) is float:
        return -_LARGEST_REAL <= value <= _LARGEST_REAL
    parts = value.values() if type(value) is dict else value if type(value) in (list, tuple) else None
    if parts is None or depth <= 0:
        return False
    for one in parts:  # most are numbers and names: no call for these
        if type(one) is int:
            if not -_WORD <= one < _WORD:
                return False
        elif type(one) is not str and not _sound(one, depth - 1):
            return False
    return True


def _names(prefix: str, *, but: tuple[str, ...] = ()) -> dict[int, str]:
    """Value -> name of the socket module's constants; `but` names those of other families, by how they begin."""
    found = {}
    for name in sorted(dir(socket), reverse=True):
        value = getattr(socket, name)
        if name.startswith(prefix) and isinstance(value, int) and not name.startswith(but):
            found[int(value)] = name
    return found


_FAMILIES: Final = _names("AF_", but=("AF_ROUTE", "AF_LOCAL"))
_TYPES: Final = _names("SOCK_", but=("SOCK_CLOEXEC", "SOCK_NONBLOCK"))
_MSG: Final = _names("MSG_")
_LEVELS: Final = {1: "SOL_SOCKET", 0: "IPPROTO_IP", 6: "IPPROTO_TCP", 17: "IPPROTO_UDP", 41: "IPPROTO_IPV6"}
_OPTIONS: Final = {
    1: _names("SO_", but=("SO_J1939_", "SO_VM_", "SO_HCI_")),
    6: _names("TCP_"),
    0: _names("IP_", but=("IP_DEFAULT_", "IP_MAX_", "IP_PMTUDISC_", "IP_RECVRETOPTS")),
    41: _names("IPV6_", but=("IPV6_RTHDR_TYPE_", "IPV6_PMTUDISC_")),
}
"""Names of options, but for names of values and limits."""


def flags(bits: int) -> str:
    """`flag_names`, remembered: a busy server reports few combinations."""
    found = _FLAGS.get(bits)
    if found is None:
        found = flag_names(bits)
        if len(_FLAGS) < 4096:
            _FLAGS[bits] = found
    return found


def side_names(bits: int) -> str:
    """R, W and X by their bits."""
    return _SIDES[bits & 7]


def address(value: Any) -> Any:
    """A socket address as JSON has it: `[ip, port]`, a path, or None for no name."""
    if isinstance(value, tuple):
        return [address(part) if isinstance(part, tuple | bytes) else part for part in value]
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value


def queues_of(look: AnyLook) -> Queues:
    """A look's values."""
    numbers = look[:10]
    _, recv, unsent, unacked, tcp, level, accepts, backlog, queued, messages = numbers
    what: tuple[Any, ...] = look[10:]
    kept = {name: size for name, size in what[1] if size is not None} if len(what) > 1 else None
    for value in numbers if not kept else (*numbers, *kept.values()):
        if value is not None and (type(value) is not int or not 0 <= value <= LARGEST):
            raise ScribbledError(f"a look that found {value!r:.40}")
    return Queues(
        recv=recv,
        unsent=unsent,
        unacked=unacked,
        tcp=TCP_STATES[tcp] if tcp is not None and tcp < len(TCP_STATES) else None,
        level=flags(level) if level is not None else None,
        accepts=accepts,
        backlog=backlog,
        queued=queued,
        messages=messages,
        file=what[0] if what else None,
        kept=kept,
    )


class Decoder:
    """One lane's records into its Events; remembers what the lane's numbers mean."""

    def __init__(self, lane: str, role: Role, epoch_ns: int) -> None:
        self.lane: Final = lane
        self.role: Final = role
        self.pid: int | None = None
        self._epoch = epoch_ns
        self._cwd = ""
        self._sites: dict[int, tuple[tuple[str, int] | None, tuple[str, int] | None]] = {0: (None, None)}
        self._interests: dict[int, list[Any]] = {}
        self._pieces: dict[int, list[bytes]] = {}
        self._contents: dict[int, bytes] = {}
        """By thread, what its next call has moved."""

    def event(self, header: Header, tail: bytes) -> Event | None:
        """The event of a record; None for a record that only says what a number means."""
        code, bits, error, tid, t, took, ret, fd, site, number, _ = header
        at, via = self._sites.get(site, _NOWHERE)
        if code < FIRST_CALL:  # padding and pieces have no time
            if code > ring_format.CONTENTS:
                raise ScribbledError(f"a record of code {code}")
            return self._definition(header, tail)
        if not self._epoch <= t <= LARGEST or not 0 <= took <= LARGEST or code >= len(_CALLS):
            raise ScribbledError(f"a record of code {code} at {t}")
        if (code == ring_format.RECV or code == ring_format.SEND) and not bits and not tid and ret >= 0:
            # Most of what a busy server does: made in one go.
            return Event(
                n=-1,
                t=t - self._epoch,
                lane=self.lane,
                role=self.role,
                pid=self.pid,
                call=_CALLS[code],
                fd=fd,
                args={"size": number},
                ret=ret,
                took=took,
                at=at,
                via=via,
                queues={str(fd): Queues(recv=0, derived=True)} if error == ring_format.DRAINED else {},
                data=escape(self._contents.pop(0, b"")) or None if self._contents else None,
            )
        if bits & ring_format.PIECE:
            tail = b"".join(self._pieces.pop(int.from_bytes(tail[:4], _ORDER), []))
        if bits & ring_format.BEGUN:
            return self.begun((code, bits, error, took, t, 0, ret, fd, site, number, 0), tail)
        event = Event(
            n=-1,
            t=t - self._epoch,
            lane=self.lane,
            role=self.role,
            pid=self.pid,
            call=_CALLS[code],
            ret=ret,
            took=took,
            at=at,
            via=via,
        )
        if tid:
            event.tid = tid
        if fd >= 0:
            event.fd = fd
        if self._contents:
            event.data = escape(self._contents.pop(tid, b"")) or None
        if ret < 0:
            event.error = _ERRORS.get(error) or errno.errorcode.get(error, str(error))
        if bits & ring_format.TAILED:
            loaded = loads(tail)
        else:
            loaded = (None, None)
            if code == ring_format.RECV and error == ring_format.DRAINED and ret >= 0:
                event.queues = {str(fd): Queues(recv=0, derived=True)}
        if code in _WAITS:
            self._wait(event, code, number, loaded)
        else:
            detail, looks = loaded
            event.args = self._args(code, bits, number, detail, event)
            if not _sound(event.args):
                raise ScribbledError(f"a {event.call} with what no call is given")
            if looks:
                event.queues = {str(look[0]): queues_of(look) for look in looks}
        return event

    def note(self, words: str) -> Event:
        """An event of now that says something of the lane."""
        t = time.monotonic_ns() - self._epoch
        return Event(n=-1, t=t, lane=self.lane, role=self.role, pid=self.pid, note=words)

    def begun(self, header: Header, tail: bytes) -> Event:
        """The `enter` event of a slot: a call that has begun."""
        code, bits, _, tid, t, _, ms, fd, site, number, _ = header
        if not FIRST_CALL <= code < len(_CALLS) or not 0 <= t <= LARGEST:
            raise ScribbledError(f"a record of code {code} at {t}")
        at, via = self._sites.get(site, _NOWHERE)
        event = Event(
            n=-1,
            t=max(0, t - self._epoch),
            lane=self.lane,
            role=self.role,
            pid=self.pid,
            tid=tid or None,
            call=_CALLS[code],
            fd=fd if fd >= 0 else None,
            at=at,
            via=via,
            phase="enter",
        )
        loaded = loads(tail) if bits & ring_format.TAILED else None
        if code in _WAITS:
            event.args = self._asked(code, number, ms)
            if loaded is not None and loaded[1]:
                event.queues = {str(look[0]): queues_of(look) for look in loaded[1]}
        else:
            event.args = self._args(code, bits, number, loaded[0] if loaded else None, event)
            if not _sound(event.args):
                raise ScribbledError(f"a {event.call} with what no call is given")
        return event

    # --- definitions -------------------------------------------------------------------------------------------------

    def _definition(self, header: Header, tail: bytes) -> Event | None:
        code, number = header[0], header[9]
        if code == ring_format.PAD:
            return None
        if code == ring_format.MORE:
            self._pieces.setdefault(number, []).append(tail)
            return None
        if header[1] & ring_format.PIECE:
            tail = b"".join(self._pieces.pop(int.from_bytes(tail[:4], _ORDER), []))
        meaning = loads(tail)
        if code == ring_format.SITE:
            file, line, via_file, via_line = meaning
            via = (self._file(via_file), _c_int(via_line)) if via_file is not None else None
            self._sites[number] = ((self._file(file), _c_int(line)), via)
        elif code == ring_format.INTEREST:
            self._interests.pop(number - _INTERESTS_KEPT, None)
            self._interests[number] = [(_number(fd), _number(bits)) for fd, bits in meaning]
        elif code == ring_format.CONTENTS:
            self._contents[header[3]] = bytes(memoryview(meaning))
        elif code == ring_format.HELLO:
            self.pid = number
            self._cwd = meaning.rstrip(os.sep) + os.sep
        else:
            if not self._epoch <= header[4] <= LARGEST:
                raise ScribbledError(f"a record of code {code} at {header[4]}")
            event = Event(n=-1, t=header[4] - self._epoch, lane=self.lane, role=self.role, pid=self.pid)
            if code == ring_format.EXIT:
                event.exit = Exit(status=number, traceback=None if meaning is None else str(meaning))
            else:
                event.note = str(meaning)
            return event
        return None

    def _file(self, name: str) -> str:
        name = name if name.startswith("<") else os.path.normpath(name)
        if name.startswith(_SPECIMENS):
            return name[len(_SPECIMENS) :]
        return name[len(self._cwd) :] if self._cwd and name.startswith(self._cwd) else name

    # --- what a call was given ---------------------------------------------------------------------------------------

    def _asked(self, code: int, number: int, ms: int) -> dict[str, Any]:
        if code == ring_format.EPOLL_WAIT:
            return {"timeout": ms, "maxevents": number}
        name = side_names if code == ring_format.SELECT else flags
        return {"interest": [[fd, name(bits)] for fd, bits in self._interests.get(number, ())], "timeout": ms}

    def _wait(self, event: Event, code: int, number: int, loaded: Any) -> None:
        ms, ready, looks = loaded
        event.args = self._asked(code, number, _number(ms))
        if ready is not None:
            name = side_names if code == ring_format.SELECT else flags
            event.ready = [
                (fd if type(fd) is int and _LEAST <= fd < _C_INT else _c_int(fd), name(bits)) for fd, bits in ready
            ]  # no call for what a descriptor is
        if not looks:
            return
        if isinstance(looks, tuple):
            event.queues = {str(look[0]): queues_of(look) for look in looks}
            return
        found = {}
        for (fd, _), look in zip(ready, looks, strict=True):
            if type(look) is bytes:
                found[str(fd)] = Queues(recv=_INT(look)[0])
            elif look is not None:
                found[str(fd)] = queues_of(look)
        event.queues = found

    def _args(self, code: int, bits: int, number: int, detail: Any, event: Event) -> dict[str, Any]:
        extra: dict[str, Any] = {}
        if bits & ring_format.TIMED and detail is not None:
            detail, seconds = detail
            extra["timeout_s"] = seconds
        for bit, name in (
            (ring_format.GC, "gc"),
            (ring_format.ALL, "all"),
            (ring_format.RANGE, "range"),
            (ring_format.BLOCKS, "blocking"),
        ):
            if bits & bit:
                extra[name] = True
        if code == ring_format.FORK and event.ret is not None and event.ret > 0:
            event.note = _FORK_NOTE.format(event.ret)
        describe = _ARGS.get(code)
        return (describe(number, detail) if describe is not None else {}) | extra


def _number(value: Any, end: int = _WORD) -> int:
    if type(value) is not int or not -end <= value < end:
        raise ScribbledError(f"{value!r:.40} where a number belongs")
    return value


def _c_int(value: Any) -> int:
    return _number(value, _C_INT)


def _sized(number: int, detail: Any) -> dict[str, Any]:
    args: dict[str, Any] = {"size": number}
    if detail:
        args["flags"] = "|".join(name for bit, name in sorted(_MSG.items()) if bit > 0 and detail[0] & bit)
    return args


def _tls(number: int, detail: Any) -> dict[str, Any]:
    """`pending`: what OpenSSL has decrypted and not given yet. `reason`: why the connection failed."""
    pending, reason = detail if detail is not None else (None, None)
    args: dict[str, Any] = {} if pending is None else {"pending": pending}
    return args if reason is None else args | {"reason": str(reason)}


def _tls_sized(number: int, detail: Any) -> dict[str, Any]:
    return {"size": number} | _tls(number, detail)


def _socket(number: int, detail: Any) -> dict[str, Any]:
    family, type_, proto, *fds = detail
    args = {"family": _FAMILIES.get(family, family), "type": _TYPES.get(type_ & 0xF, type_)}
    if proto:
        args["proto"] = proto
    if fds:
        args["fds"] = fds
    return args


def _option(number: int, detail: Any) -> dict[str, Any]:
    level, option, value = detail
    return {
        "level": _LEVELS.get(level, level),
        "option": _OPTIONS.get(level, {}).get(option, option),
        "value": _option_value(level, option, value),
    }


def _option_value(level: int, option: int, value: Any) -> Any:
    """An int as it is, linger's two ints (on, seconds), other bytes in hex."""
    if not isinstance(value, bytes):
        return value
    if (level, option) == (socket.SOL_SOCKET, socket.SO_LINGER) and len(value) == _LINGER.size:
        return list(_LINGER.unpack(value))
    return value.hex()


def _named(key: str) -> Callable[[int, Any], dict[str, Any]]:
    def describe(number: int, detail: Any) -> dict[str, Any]:
        found = address(detail[0]) if detail else None
        return {key: found} if found else {}

    return describe


def _listen(number: int, detail: Any) -> dict[str, Any]:
    return {"backlog": number} | _named("address")(number, detail)


def _control(number: int, detail: Any) -> dict[str, Any]:
    op, fd, mask = detail
    args = {"op": _OPS[op], "fd": fd}
    return args if op == 2 else args | {"events": flags(mask & 0xFFFFFFFF)}


_INT: Final = Struct("@I").unpack
"""FIONREAD of a file is its rest as an int, whatever its size (fs/ioctl.c); `looks.number` reads it so too."""
_LINGER: Final = Struct("@ii")
_ORDER: Final = "little" if memoryview(b"\1\0").cast("H")[0] == 1 else "big"
_INTERESTS_KEPT: Final = 4096
_WAITS: Final = frozenset({ring_format.EPOLL_WAIT, ring_format.SELECT, ring_format.POLL})
_ARGS: Final[dict[int, Callable[[int, Any], dict[str, Any]]]] = {
    ring_format.SOCKET: _socket,
    ring_format.SOCKETPAIR: _socket,
    ring_format.BIND: _named("address"),
    ring_format.CONNECT: _named("address"),
    ring_format.ACCEPT: _named("peer"),
    ring_format.LISTEN: _listen,
    ring_format.SHUTDOWN: lambda number, detail: {"how": _HOW.get(number, number)},
    ring_format.SETSOCKOPT: _option,
    ring_format.GETSOCKOPT: _option,
    ring_format.EPOLL_CTL: _control,
    ring_format.DUP: lambda number, detail: {"fd2": detail[0]} if detail else {},
    **dict.fromkeys(
        (ring_format.RECV, ring_format.RECVFROM, ring_format.RECVMSG, ring_format.SEND, ring_format.SENDTO,
         ring_format.SENDMSG, ring_format.READ, ring_format.READV, ring_format.WRITE, ring_format.WRITEV,
         ring_format.SENDFILE), _sized),
    **dict.fromkeys((ring_format.SSL_READ, ring_format.SSL_WRITE), _tls_sized),
    **dict.fromkeys((ring_format.SSL_DO_HANDSHAKE, ring_format.SSL_SHUTDOWN), _tls),
}  # fmt: skip
assert HEADER_BYTES == 48
