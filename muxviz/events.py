"""The vocabulary: what one line of a session says.

Theory of operation
-------------------
A session is a header and a sequence of lines, numbered from 0. Nearly every line is a system call that a
process made; a few open a beat, end a lane, or carry what was seen from outside while a lane slept. One
flat `Event` holds all of them: a field that is absent is empty, and which fields are present says what kind of
line it is (`Event.kind`). Sources make events, `state` folds them, `draw` shows them, a recording is their JSON;
no other form of an event exists beside this one.

The JSON form is public. A field's name does not change without a new `FORMAT`; fields that we do not know are kept
by whoever copies lines (they copy bytes, not Events).

Readiness is written as the kernel names it, without prefixes and joined with `|`: `IN|RDHUP`. `select` has sides
instead of flags: `R`, `W`, `X`. Always split before asking: `"HUP" in "IN|RDHUP"` is true of a string.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec

from muxviz.calls import WAITS

FORMAT: Final = 1
"""Version of the public form, the header's `muxviz` field."""

FLAG_BITS: Final[dict[str, int]] = {
    "IN": 0x001,
    "PRI": 0x002,
    "OUT": 0x004,
    "ERR": 0x008,
    "HUP": 0x010,
    "NVAL": 0x020,
    "RDHUP": 0x2000,
    "EXCLUSIVE": 1 << 28,
    "WAKEUP": 1 << 29,
    "ONESHOT": 1 << 30,
    "ET": 1 << 31,
}
"""poll(2) and epoll_ctl(2) bits by name, in the order in which they are written. The two calls share the low bits."""

SIDES: Final = ("R", "W", "X")
"""The three lists of select(2): readable, writable, exceptional."""

READABLE: Final = frozenset({"IN", "HUP", "RDHUP", "ERR", "R"})
"""Flags that tell a server to read: data, an end, or an error that the read will raise."""

WRITABLE: Final = frozenset({"OUT", "W", "ERR", "HUP"})
"""Flags that tell a server to write: room, or what the write will raise."""

TLS_WANTS: Final = frozenset({"WANT_READ", "WANT_WRITE"})
"""What OpenSSL's calls fail with where a system call in them met EAGAIN: to be made again."""

Int = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
"""What a system call can be given and can return. A number of a thousand digits is valid JSON, and nothing that can be
drawn."""
LARGEST: Final = (1 << 62) - 1
Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]
"""Bytes, messages, connections, nanoseconds: the sum of a few is still an `Int`."""
Small = Annotated[int, msgspec.Meta(ge=-(1 << 31), lt=1 << 31)]
"""A C int: an fd, a process, a status, a line of a program."""
Position = Annotated[int, msgspec.Meta(ge=-1, lt=1 << 32)]
"""An event's number; -1 stands before the first."""
Flags = Annotated[str, msgspec.Meta(max_length=200)]
"""Every name that there is, together."""

if TYPE_CHECKING:
    Value = Any
else:
    _Real = Annotated[float, msgspec.Meta(ge=-1e15, le=1e15)]
    _Plain = None | bool | Int | _Real | str
    _Flat = _Plain | list[_Plain] | dict[str, _Plain]
    _Nested = _Plain | list[_Flat] | dict[str, _Flat]
    _Deep = _Plain | list[_Nested] | dict[str, _Nested]
    Value = _Plain | list[_Deep] | dict[str, _Deep]
"""What stands under a name that a source chose: JSON whose numbers are bounded, lists in lists to a depth of four."""

Role = Literal["server", "client", "observer"]
Kind = Literal["call", "enter", "action", "look", "mark", "exit", "keyframe", "source", "note"]


def flag_names(bits: int) -> str:
    """`0x2001` -> `"IN|RDHUP"`; bits without a name are written in hexadecimal at the end."""
    names = [name for name, bit in FLAG_BITS.items() if bits & bit]
    rest = bits & ~sum(FLAG_BITS.values())
    return "|".join([*names, hex(rest)] if rest else names)


def flag_bits(names: str) -> int:
    """`"IN|RDHUP"` -> `0x2001`; the inverse of `flag_names`. Raises KeyError for a name that is not a flag."""
    return sum(FLAG_BITS[name] if name in FLAG_BITS else int(name, 16) for name in split(names))


def split(names: str) -> tuple[str, ...]:
    """The flags of `"IN|RDHUP"`, in order; nothing for `""`."""
    return tuple(names.split("|")) if names else ()


class Queues(msgspec.Struct, omit_defaults=True, gc=False):
    """What a passive look found for one fd. None means: not looked at."""

    recv: Count | None = None
    """Bytes unread (FIONREAD)."""
    unsent: Count | None = None
    """Bytes in the kernel that were not sent yet (SIOCOUTQNSD)."""
    unacked: Count | None = None
    """Bytes sent and not acknowledged (SIOCOUTQ - SIOCOUTQNSD); decays by a timer, up to 50 ms late."""
    tcp: Flags | None = None
    """TCP state by its kernel name, `ESTABLISHED`, `CLOSE_WAIT` …"""
    level: Flags | None = None
    """What a level-triggered wait that asks for everything would say, without ERR and PRI; `""` is low."""
    accepts: Count | None = None
    """Connections in a listener's accept queue."""
    backlog: Count | None = None
    """The accept queue's limit."""
    queued: Count | None = None
    """Bytes in the program's own queue of outgoing messages for this fd."""
    messages: Count | None = None
    """How many messages those bytes are."""
    kept: dict[str, Count] | None = None
    """How much the program keeps for this fd in mappings of its own that a person named, by name."""
    file: str | None = None
    """What an fd is that is no socket, told at its first look: `pipe`, `eventfd`, `timerfd`, `file`."""
    derived: bool = False
    """True where a call proved the value (a short recv drained the queue) and nobody looked."""

    def updated(self, newer: Queues) -> Queues:
        """This look overlaid with what a newer one saw."""
        merged = {name: getattr(self, name) for name in _LOOKED}
        merged |= {name: value for name in _LOOKED if (value := getattr(newer, name)) is not None}
        return Queues(**merged, derived=newer.derived)


_LOOKED: Final = tuple(name for name in Queues.__struct_fields__ if name != "derived")


class Announced(msgspec.Struct, omit_defaults=True):
    """A call that a held lane stood before and never made."""

    call: str
    """Its name."""
    at: tuple[str, Small] | None = None
    """File and line of the program, as an event has them."""
    fd: Small | None = None
    """The fd that it would have been made on."""


class Exit(msgspec.Struct, omit_defaults=True):
    """How a lane ended."""

    status: Small | None = None
    """Its exit status."""
    signal: str | None = None
    """The signal that killed it, by its name."""
    traceback: str | None = None
    """Python's, of the exception that ended it."""
    by: str | None = None
    """`muxviz` where we ended it."""
    next: Announced | None = None
    """The call that it stood before, where it was held when we ended it."""


_LONGEST_FD: Final = 12
"""Digits."""


class Event(msgspec.Struct, omit_defaults=True):
    """One line of a session."""

    n: Position
    """Position from 0; -1 where it has none yet."""
    t: Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]
    """Nanoseconds since the session began, at the call's return. Lanes and clients run beside each other: within a step
    events stand lane by lane, and what a client action woke stands in the next step, so `t` may lie before that of an
    event with a smaller n of another process. Within one process it never does."""
    step: Annotated[int, msgspec.Meta(ge=0, lt=1 << 31)] | None = None
    """The step it belongs to; absent when running free."""
    lane: str | None = None
    """The lane's name; absent for what is nobody's."""
    role: Role | None = None
    """`server`, `client`, or `observer` for what muxviz saw from outside."""
    pid: Small | None = None
    """Process."""
    tid: Small | None = None
    """Thread, where the process has several."""
    client: str | None = None
    """The scenario's name for a client, `A`, on the calls of its process."""
    call: str | None = None
    """System call by its manual page's name; where TLS is spoken a call of OpenSSL (`TLS`)."""
    fd: Small | None = None
    """The fd it was made on: the epoll fd for epoll_ctl and epoll_wait, none for select and poll."""
    args: dict[str, Value] = {}
    """With what it was called, by names that depend on the call."""
    ret: Int | None = None
    """What it returned: bytes for a read or a write, the new fd for accept, how many are ready for a wait."""
    error: str | None = None
    """Name of the errno where it failed (`ret` is -1), or `timeout`; OpenSSL's own are named as in SSL_get_error(3),
    `WANT_READ`."""
    ready: list[tuple[Small, Flags]] | None = None
    """For a wait that returned: fd and flags, in the kernel's order."""
    took: Count | None = None
    """Nanoseconds inside the call."""
    data: str | None = None
    """The first bytes that the call moved, where payload was asked for: printable ASCII as it is, a backslash doubled,
    every other byte as `\\xNN`."""
    at: tuple[str, Small] | None = None
    """File and line of the program that made the call: the nearest frame outside the standard library."""
    via: tuple[str, Small] | None = None
    """The nearest frame of all, where that is another one."""
    queues: dict[str, Queues] = {}
    """A look made after the call, by fd, for the fds whose values changed."""
    phase: Literal["enter"] | None = None
    """`enter` for a call that has begun and not returned; absent on a finished one. Where several threads sleep, one
    that sleeps on while others have moved is told once more, with `still` in its args."""
    beat: Small | None = None
    """Which of the scenario's client actions, from 1."""
    action: str | None = None
    """With `beat`: a client action begins, in these words. One that a person asked for, and no scenario, has `by` in
    its args: `hand`."""
    look: Literal["outside"] | None = None
    """With `queues`: seen from outside the lane, while it slept."""
    mark: str | None = None
    """A marker that a person set, in these words; `n` is the event that it marks. It is no event of its own."""
    exit: Exit | None = None
    """The lane has ended."""
    keyframe: dict[str, Any] | None = None
    """A whole state, so that a moment is a short fold away. Its form is muxviz's own, and changes."""
    source: str | None = None
    """Text of the file named in `file`, the first time a line of it is at work."""
    file: str | None = None
    """With `source`: the file's name, as `at` has it."""
    note: str | None = None
    """Something that a person should know about this lane (a child let go, a full ring), in words."""

    # What a call was given, typed: `args` of a recording may hold anything under any name.

    @property
    def size(self) -> int | None:
        """How many bytes it was given, or had room for."""
        size = self.args.get("size")
        return size if isinstance(size, int) else None

    @property
    def pending(self) -> int | None:
        """Of SSL_read: the bytes that OpenSSL has decrypted and not given yet; None where that is not told."""
        pending = self.args.get("pending")
        return pending if isinstance(pending, int) and 0 <= pending <= LARGEST else None

    @property
    def flags(self) -> str:
        """`PEEK|DONTWAIT`, `NONBLOCK`: its flags by name; empty where it has none."""
        flags = self.args.get("flags")
        return str(flags) if flags else ""

    @property
    def moved(self) -> int | None:
        """How many bytes it moved; None where it failed, or has not returned. Several messages are counted in `ret`."""
        if self.error or self.ret is None or self.ret < 0:
            return None
        together = self.args.get("bytes")
        return together if isinstance(together, int) else self.ret

    @property
    def op(self) -> str:
        """Of epoll_ctl: `ADD`, `MOD` or `DEL`."""
        return str(self.args.get("op", ""))

    @property
    def target(self) -> int | None:
        """Of epoll_ctl: the fd that it speaks of; `fd` is the epoll's."""
        fd = self.args.get("fd")
        return fd if isinstance(fd, int) else None

    @property
    def events(self) -> str:
        """Of epoll_ctl: what is asked for, `IN|ET`."""
        return str(self.args.get("events", ""))

    @property
    def interest(self) -> list[tuple[int, str]] | None:
        """Of select and poll: what they were given, as pairs like those of `ready`; None where that is not told."""
        pairs = self.args.get("interest")
        if not isinstance(pairs, list):
            return None
        whole = [one for one in pairs if isinstance(one, list | tuple) and len(one) == 2]
        return [(fd, str(sides)) for fd, sides in whole if isinstance(fd, int)]

    @property
    def timeout(self) -> int | float | None:
        """Of a wait: milliseconds, -1 for ever; None where that is not told."""
        timeout = self.args.get("timeout")
        return timeout if isinstance(timeout, int | float) else None

    @property
    def maxevents(self) -> int | None:
        """Of epoll_wait: how many reports it had room for."""
        most = self.args.get("maxevents")
        return most if isinstance(most, int) else None

    @property
    def socket_type(self) -> str:
        """Of a call that makes a socket: `SOCK_STREAM`, `SOCK_DGRAM`; empty where that is not told."""
        return str(self.args.get("type", ""))

    @property
    def kind(self) -> Kind:
        """Which kind of line this is, from the fields that are present."""
        if self.call is not None:
            return "enter" if self.phase else "call"
        for name in _KINDS:
            if getattr(self, name) is not None:
                return name
        return "note"

    @property
    def is_wakeup(self) -> bool:
        """True for a server's wait that returned."""
        return self.call in WAITS and self.phase is None and self.role == "server"

    def looked_at(self) -> Iterator[tuple[int, Queues]]:
        """What a look found, by the fd's number. A key of a damaged recording that is no fd's is passed over: int()
        refuses thousands of digits."""
        for key, found in self.queues.items():
            if key.isdecimal() and len(key) <= _LONGEST_FD:
                yield int(key), found


_KINDS: Final[tuple[Kind, ...]] = ("action", "look", "mark", "exit", "keyframe", "source", "note")


class LaneInfo(msgspec.Struct, omit_defaults=True):
    """One lane, as the header introduces it."""

    lane: str
    """Its name in events."""
    title: str
    """In words."""
    program: list[str] = []
    """The program and its arguments."""
    mechanism: str | None = None
    """`select`, `poll`, `level` or `edge` in the lab; absent where the program decides."""


class Source(msgspec.Struct, omit_defaults=True, rename={"saved_as": "from"}):
    """Where a session came from, and what is to be looked at in it: the header's `source`. Text is untrusted."""

    kind: Literal["lab", "run", "trace"] = msgspec.field(default_factory=lambda: "lab")  # written always: no default
    """The lab's servers, programs under the probe, or programs that strace watched."""
    title: str = ""
    """In words: the scenario's title, or the commands."""
    scenario: str | None = None
    """The scenario, in the lab."""
    clients: str | None = None
    """Under `run`, the scenario whose clients acted, or `all`."""
    fix: str | None = None
    """The scenario's fix that is on."""
    offers: str | None = None
    """The fix that the fix key leads to, in words."""
    follow: str | None = None
    """The client that the session is about."""
    side: Literal["IN", "OUT"] = "IN"
    """The level that it is about: readable, or writable."""
    panel: str | None = None
    """`cost` where it is about what waits cost."""
    shared: bool = False
    """Its lanes share one listener, so that a client belongs to the one that accepts it."""
    one_by_one: bool = False
    """Its lanes ran one after another, and not beside each other."""
    watch: list[str] = []
    """Mappings of the program that a person asked to see, by name."""
    payload: Int | None = None
    """Bytes of each call's payload that were recorded, at most."""
    by: str | None = None
    """`library` where the program recorded itself; of a trace what a lane is: `process` or `epoll`."""
    attached: Small | list[Small] | None = None
    """The process ids that strace was attached to, where it did not start the program."""
    only: Literal["waits"] | None = None
    """Reads and writes were not traced."""
    slow: Int | None = None
    """Milliseconds by which each wait's return was put off."""
    saved_as: str | None = None
    """`from`: the file of strace's output that was read."""

    @property
    def is_trace(self) -> bool:
        """Whether strace watched the programs."""
        return self.kind == "trace"


class Header(msgspec.Struct, omit_defaults=True):
    """The first line of a session."""

    muxviz: Int
    """The form's version: 1."""
    kernel: str
    """Release of the kernel that answered."""
    machine: str
    """`x86_64` …"""
    python: str
    """Version of the Python that recorded."""
    source: Source
    """Where the session came from."""
    lanes: list[LaneInfo]
    """The lanes that are known beforehand; others come with their first event."""
    began: str | None = None
    """Wall-clock time of `t` = 0, ISO 8601 in UTC."""
    sources: dict[str, str] = {}
    """Text of the programs, by the file name that `at` uses."""
    beats: list[str] = []
    """The actions that the scenario will perform, in words, as far as they are known beforehand."""
    version: str | None = None
    """Version of the muxviz that wrote this."""


class FormatError(ValueError):
    """A line that is not of the public form; its text says what is wrong."""


_encoder: Final = msgspec.json.Encoder()
_event_decoder: Final = msgspec.json.Decoder(Event)
_header_decoder: Final = msgspec.json.Decoder(Header)


def encode(line: msgspec.Struct) -> bytes:
    """One JSON object, without a line end. A name that is no Unicode is kept, with `?` for its odd bytes."""
    try:
        return _encoder.encode(line)
    except UnicodeEncodeError:
        return _encoder.encode(_unicode(msgspec.to_builtins(line)))


def _unicode(value: Any) -> Any:
    """Python marks undecodable bytes of a file name with lone surrogates, which no UTF-8 has (PEP 383)."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_unicode(key): _unicode(part) for key, part in value.items()}
    return [_unicode(part) for part in value] if isinstance(value, list | tuple) else value


def decode_event(line: bytes) -> Event:
    """The event that a line holds. Raises FormatError."""
    try:
        return _event_decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if "$.args" in str(error) and any(b'"%b":' % name.encode() in line for name in _USER_DATA):
            return _with_user_data(line, str(error))
        raise FormatError(str(error)) from None


_USER_DATA: Final = ("data", "unknown")
"""Names in `args` of what a program keeps with a registration: 64 bits without a sign (epoll_ctl(2))."""


def _with_user_data(line: bytes, problem: str) -> Event:
    """An event whose user data may be wider than an `Int`; `problem` is why it could not be read as any other."""
    try:
        tree = msgspec.json.decode(line)
        wide = {name: tree["args"][name] for name in _USER_DATA if name in tree["args"]}
        tree["args"] |= dict.fromkeys(wide)
        event = msgspec.convert(tree, Event)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError):
        raise FormatError(problem) from None
    for name, value in wide.items():
        if not _is_user_data(value):
            raise FormatError(f"Expected numbers of 64 bits - at `$.args.{name}`")
    event.args |= wide
    return event


def _is_user_data(value: Any, depth: int = 2) -> bool:
    """A number, numbers, or pairs of one and flags."""
    if isinstance(value, list):
        return depth > 0 and all(_is_user_data(one, depth - 1) for one in value)
    return isinstance(value, str) or (type(value) is int and 0 <= value < 1 << 64)


def decode_header(line: bytes) -> Header:
    """The header that a file's first line holds. Raises FormatError, also for a newer format."""
    try:
        header = _header_decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"not a muxviz recording ({error})") from None
    if header.muxviz != FORMAT:
        raise FormatError(f"format {header.muxviz}, and this muxviz reads format {FORMAT}: a newer muxviz wrote it")
    return header
