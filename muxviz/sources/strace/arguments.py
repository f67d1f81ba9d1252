"""The texts between a call's parentheses, as values: fds with annotations, flags, arrays, structs, addresses.

What repeats in a trace (flags, lists of events) is remembered: a server makes the same few calls over and over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any, Final

from muxviz import linux_errno
from muxviz.events import FLAG_BITS, flag_names

ANNOTATION: Final = r"(?:<((?:[A-Z][\w-]*:\[.*?\]|[^>]*))>(?:\(deleted\))?)"
"""What `-y` puts behind an fd. strace escapes `>` in names; only `-yy` addresses hold one: `<TCP:[1.2.3.4:5->…]>`."""

_FD: Final = re.compile(r"(-?\d{1,9})(?:<((?:[A-Z][\w-]*:\[.*?\]|[^>]*))>(?:\(deleted\))?)?$", re.DOTALL)
_TOKEN: Final = re.compile(
    r'"(?:[^"\\]|\\.)*(?:"|\\?$)|(?<=\d)<(?:[A-Z][\w-]*:\[.*?\]|[^>]*)(?:>|$)|[(\[{]|[)\]}]|, ', re.DOTALL
)
_SPECIAL: Final = re.compile(r'["<(\[{]')
_DIGITS: Final = 20

MOST: Final = 4096
"""Texts that are remembered, of a kind."""
LONGEST: Final = 512
"""Characters of a text that is remembered."""


def split(text: str) -> list[str]:
    """Arguments, as they stand: `3<a, b>, [1, 2], "x, y"` are three."""
    if _SPECIAL.search(text) is None:
        return text.split(", ") if text else []
    parts, depth, start = [], 0, 0
    for token in _TOKEN.finditer(text):
        what = token[0]
        if what == ", ":
            if depth == 0:
                parts.append(text[start : token.start()])
                start = token.end()
        elif what in "([{":
            depth += 1
        elif what in ")]}":
            depth -= 1
    parts.append(text[start:])
    return parts


def fd(text: str) -> tuple[int | None, str]:
    """`5<socket:[1]>` is 5 and `socket:[1]`; no annotation is `""`, no fd (AT_FDCWD, an address) None."""
    found = _FD.match(text)
    return (int(found[1]), found[2] or "") if found is not None else (None, "")


def number(text: str) -> int | None:
    """`12`, `-1`, `0x1f`, in 64 bits with a sign; None for anything else."""
    if len(text) >= _DIGITS:
        return None
    try:
        found = int(text) if text.lstrip("-").isdecimal() else int(text, 16) if text.startswith("0x") else None
    except ValueError:
        return None
    return found if found is not None and -(1 << 63) <= found < 1 << 63 else None


# --- readiness ---------------------------------------------------------------------------------------------------

_BITS: Final = FLAG_BITS | {
    "RDNORM": 0x40, "RDBAND": 0x80, "WRNORM": 0x100, "WRBAND": 0x200, "MSG": 0x400, "REMOVE": 0x1000,
}  # fmt: skip
"""poll(2) and epoll_ctl(2); those that have no name here are written in hexadecimal, as everywhere."""
_readiness: Final[dict[str, str]] = {}


def readiness(text: str) -> str:
    """`EPOLLIN|EPOLLET` is `IN|ET`; names that are none are left out."""
    found = _readiness.get(text)
    if found is None:
        bits = 0
        for word in text.split("|"):
            name = word.removeprefix("EPOLL").removeprefix("POLL")
            bits |= _BITS.get(name, 0) or number(name) or 0
        found = flag_names(bits & 0xFFFFFFFF)
        if len(_readiness) < MOST and len(text) < LONGEST:
            _readiness[text] = found
    return found


_EPOLL_EVENT: Final = re.compile(
    r"\{(?:events=)?([\w|]+), (?:data=)?(?:\{u32=\d+, u64=(\d{1,20})\}|(0x[0-9a-f]{1,16}|\d{1,20}))\}"
)
_U64: Final = (1 << 64) - 1
Events = tuple[tuple[str, int], ...]
_events: Final[dict[str, Events]] = {}


def epoll_events(text: str) -> Events:
    """`[{events=EPOLLIN, data={u32=7, u64=7}}]`: flags and user data of each."""
    found = _events.get(text)
    if found is None:
        found = tuple(
            (readiness(flags), int(data := both or alone, 16 if data.startswith("0x") else 10) & _U64)
            for flags, both, alone in _EPOLL_EVENT.findall(text)
        )
        if len(text) < LONGEST:
            if len(_events) >= MOST:
                _events.clear()
            _events[text] = found
    return found


_POLLED: Final = re.compile(rf"\{{fd=(-?\d{{1,9}}){ANNOTATION}?, events=([\w|]+)")
_REPORTED: Final = re.compile(rf"\{{fd=(-?\d{{1,9}}){ANNOTATION}?, revents=([\w|]+)")
_MEMBER: Final = re.compile(rf"\b(\d{{1,9}})\b{ANNOTATION}?")


def poll_interest(text: str) -> tuple[list[list[Any]], tuple[str, ...]]:
    """What poll(2) is asked for, and annotations. An fd below 0 is passed over by the kernel, and here."""
    asked = [one for one in _POLLED.findall(text) if one[0][0] != "-"]
    return [[int(fd), readiness(flags)] for fd, _, flags in asked], tuple(file for _, file, _ in asked)


def poll_ready(text: str) -> list[tuple[int, str]]:
    """What poll(2) reported."""
    return [(int(fd), readiness(flags)) for fd, _, flags in _REPORTED.findall(text)]


def members(text: str) -> dict[int, str]:
    """A set of select(2), `[3<socket:[1]> 4]`: fds and annotations."""
    return {int(fd): file for fd, file in _MEMBER.findall(text)} if text.startswith("[") else {}


def sides(sets: Iterable[Iterable[int]]) -> list[tuple[int, str]]:
    """Three sets of fds as fds with sides `R`, `W`, `X`, by first appearance."""
    found: dict[int, str] = {}
    for side, numbers in zip("RWX", sets, strict=False):
        for fd in numbers:
            found[fd] = f"{found[fd]}|{side}" if fd in found else side
    return list(found.items())


_TIME: Final = re.compile(r"\{tv_sec=(-?\d{1,12}), tv_(n|u)sec=(-?\d{1,12})\}")


def milliseconds(text: str) -> int | None:
    """A timespec or a timeval, rounded up as `args` has it; -1 for NULL, which is for ever."""
    if text == "NULL":
        return -1
    found = _TIME.match(text)
    if found is None:
        return None
    return math.ceil(int(found[1]) * 1000 + int(found[3]) / (1_000_000 if found[2] == "n" else 1000))


# --- sockets and data --------------------------------------------------------------------------------------------

_IOV: Final = re.compile(r"iov_len=(\d{1,15})")
_PORT: Final = re.compile(r"sin6?_port=htons\((\d{1,5})\)")
_IPV4: Final = re.compile(r'sin_addr=inet_addr\("([^"]*)"\)')
_IPV6: Final = re.compile(r'inet_pton\(AF_INET6, "([^"]*)"')
_SCOPE: Final = re.compile(r'sin6_scope_id=(?:(\d{1,10})|if_nametoindex\("([^"]*)"\))')
_PATH: Final = re.compile(r'sun_path=(@?)"((?:[^"\\]|\\.)*)"')
_ESCAPE: Final = re.compile(r"\\(?:([0-7]{1,3})|(.))", re.DOTALL)
_CONTROLS: Final = {"n": "\n", "t": "\t", "r": "\r", "v": "\v", "f": "\f"}


def iov_size(text: str) -> int:
    """Bytes of all buffers of an iovec."""
    return sum(map(int, _IOV.findall(text)))


def unescape(text: str) -> str:
    """A string as strace escapes it (octal, and C's letters), as characters."""
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(lambda m: chr(int(m[1], 8) & 0xFF) if m[1] else _CONTROLS.get(m[2], m[2]), text)
    try:
        return plain.encode("latin-1").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return plain


def address(text: str) -> list[Any] | str | None:
    """`{sa_family=AF_INET, …}` as `[ip, port]`, a UNIX socket's path (an abstract one begins with NUL); None for no
    name, or of a family that has none here."""
    if text.startswith("{sa_family=AF_INET"):
        port, ip, ip6 = _PORT.search(text), _IPV4.search(text), _IPV6.search(text)
        if port is None or (ip is None and ip6 is None):
            return None
        if ip is not None:
            return [ip[1], int(port[1])]
        assert ip6 is not None
        scope = _SCOPE.search(text)
        return [ip6[1], int(port[1]), 0, int(scope[1] or 0) if scope is not None else 0]
    path = _PATH.search(text) if text.startswith("{sa_family=AF_UNIX") else None
    return ("\0" if path[1] else "") + unescape(path[2]) if path is not None else None


_PROTOCOLS: Final = {
    "IP": 0, "ICMP": 1, "IGMP": 2, "IPIP": 4, "TCP": 6, "EGP": 8, "PUP": 12, "UDP": 17, "IDP": 22, "TP": 29, "DCCP": 33,
    "IPV6": 41, "RSVP": 46, "GRE": 47, "ESP": 50, "AH": 51, "ICMPV6": 58, "MTP": 92, "BEETPH": 94, "ENCAP": 98,
    "PIM": 103, "COMP": 108, "L2TP": 115, "SCTP": 132, "UDPLITE": 136, "MPLS": 137, "ETHERNET": 143, "RAW": 255,
    "MPTCP": 262,
}  # fmt: skip
"""include/uapi/linux/in.h and in6.h."""


def protocol(text: str) -> int | str:
    """`IPPROTO_TCP` or `6` as a number; what names no such protocol (`NETLINK_ROUTE`) as it stands."""
    known = number(text)
    if known is not None:
        return known
    return _PROTOCOLS.get(text.removeprefix("IPPROTO_"), text) if text.startswith("IPPROTO_") else text


def scalar(text: str) -> int | str:
    """`[1]` is 1; what is no number stays as it stands."""
    inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    value = number(inner)
    return value if value is not None else inner


_PATHLIKE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')


def string(text: str) -> str | None:
    """A quoted string's characters."""
    found = _PATHLIKE.match(text)
    return unescape(found[1]) if found is not None else None


def errno_number(name: str) -> int | str:
    """`ECONNREFUSED` as its number, as getsockopt(SO_ERROR) gives it; the name where it is none."""
    value = linux_errno.errno_number(name)
    return name if value is None else value


_SIDE: Final = re.compile(r"\b(in|out|except) \[([\d ]*)\]")


def select_ready(tail: str) -> list[tuple[int, str]]:
    """`(in [3 4], out [4], left {…})`: fds and sides that select(2) reported."""
    sets = {name: [int(fd) for fd in numbers.split() if len(fd) < 10] for name, numbers in _SIDE.findall(tail)}
    return sides([sets.get(name, []) for name in ("in", "out", "except")])
