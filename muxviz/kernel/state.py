"""What a state consists of: lanes, their descriptors, the clients at the other ends."""

from __future__ import annotations

from typing import Literal

import msgspec

from muxviz.events import Count, FormatError, Header, Int, Position, Queues, Small, split

FdKind = Literal["socket", "listener", "connection", "datagram", "epoll", "other"]
Status = Literal["new", "running", "asleep", "ended"]


class FdState(msgspec.Struct, omit_defaults=True, gc=False):
    """One descriptor of one lane, from its making to its close. Nothing in it leads back to it, and there may be ten
    thousands: the cyclic collector need not look."""

    fd: Int
    kind: FdKind
    opened: Position
    """n of the event that made it."""
    client: str | None = None
    """The client at the other end: its scenario name, or `#1` by order of acceptance."""
    peer: str | None = None
    closed: Position | None = None
    """n of its close."""
    interest: str = ""
    """What the server last asked to hear about: flags, `ET` among them, or sides for select."""
    edge: bool = False
    """Registered edge-triggered."""
    disarmed: bool = False
    """Registered with ONESHOT, and its one report was made: nothing more comes before EPOLL_CTL_MOD (epoll_ctl(2))."""
    reported: str = ""
    """Flags of the newest report."""
    reported_n: Position | None = None
    reported_step: Small | None = None
    reports: Count = 0
    """Reports since the last client action."""
    queues: Queues = msgspec.field(default_factory=Queues)
    inside: Queues | None = None
    """What the last look from inside found, where one from outside has come since."""
    looked_n: Position | None = None
    outside: bool = False
    """The newest look at the queues came from outside the lane."""
    high: bool = False
    """Derived by `wire_high`."""
    eof: bool = False
    """A recv returned 0 bytes."""
    shut: bool = False
    """The program has ended its own side: shutdown(SHUT_WR), or both sides at once (shutdown(2))."""
    error: str | None = None
    """The last error that a call on it met, EAGAIN aside."""
    stranded: bool = False
    """Derived by `stranded`."""
    lost: Count = 0
    """Bytes of datagrams that were longer than the buffer they were received into: the kernel throws them away."""
    received: Count = 0
    sent: Count = 0
    pending: Count = 0
    """Bytes that OpenSSL has decrypted and the program has not taken. The kernel has them no longer: no wait reports
    them (SSL_pending(3))."""
    file: Position | None = None
    """n of the event that made the open file which this number, made by dup(2), stands for as well."""
    used: Position | None = None
    """n of the newest call on it, or report of it."""
    epoll: Small | None = None
    """The epoll in whose interest list it was put last; None for what select or poll is asked about."""
    proof: str = ""
    """What calls proved of reading it last (`proof.proved`): `high`, `low`, or nothing."""
    proof_n: Position = -1
    """n of the event that did."""
    room: str = ""
    """The same of writing."""
    room_n: Position = -1
    armed: bool = False
    """Whatever arrives now makes an edge: it was registered, or seen to be low, since its newest report."""
    ghost: Int | None = None
    """A closed number of the same file, under which an epoll goes on reporting it (epoll(7), "Will closing a file
    descriptor cause it to be removed")."""

    @property
    def unread(self) -> int:
        """Bytes unread, of a datagram socket those of the next datagram; or connections not accepted for a listener. 0
        where nobody looked."""
        return (self.queues.accepts if self.kind == "listener" else self.queues.recv) or 0

    @property
    def holds(self) -> bool:
        """Something lies there to be taken: bytes, connections, a datagram, which may be an empty one."""
        return self.unread > 0 or (self.kind == "datagram" and self.high)

    @property
    def writable(self) -> bool:
        """The level's OUT, where a look told it."""
        return "OUT" in split(self.queues.level or "")

    @property
    def file_n(self) -> int:
        """n of the event that made its open file: the same for all that were made of one by dup(2)."""
        return self.opened if self.file is None else self.file

    def copy(self) -> FdState:
        """A copy that a fold may change. The queues are shared: a fold replaces them whole."""
        return msgspec.structs.replace(self)


class LaneState(msgspec.Struct, omit_defaults=True):
    """One program under observation."""

    lane: str
    status: Status = "new"
    pid: Small | None = None
    last: Position | None = None
    """n of its newest call, the one that has only begun included."""
    calls: Count = 0
    waits: Count = 0
    """Waits that returned or sleep now."""
    wakeups: Count = 0
    """Waits that returned."""
    idle_wakeups: Count = 0
    """Wakeups that led to no read, write, accept or close that did anything, and empty returns."""
    fds: dict[Int, FdState] = {}
    """Open descriptors by number."""
    gone: dict[str, FdState] = {}
    """The last socket of each client that is closed here, by the client's name."""
    ports: dict[Int, str] = {}
    """Client names by the port that their connection has."""
    unnamed: Count = 0
    worked: bool = True
    asleep_since: Position | None = None
    """n of the wait that it sleeps in."""
    exit_n: Position | None = None
    stuck: bool = True
    """Some of its fds may be `stranded`."""
    program: str | None = None
    """The file's name of what it has become by execve(2), where it was another program before."""
    peeked: bool = False
    """An fd may have an `inside`: what only a look from outside saw."""

    def of_client(self, client: str) -> FdState | None:
        """The socket that leads to a client: the open one, else the last closed one."""
        for fd in self.fds.values():
            if fd.client == client:
                return fd
        return self.gone.get(client)

    def named(self, number: int) -> FdState | None:
        """What a report names by a number: the open fd, else the file that lives on under another, else the last one
        that was closed under it."""
        found = self.fds.get(number) or next((fd for fd in self.fds.values() if fd.ghost == number), None)
        return found or next((fd for fd in reversed(self.gone.values()) if fd.fd == number), None)

    def listeners(self) -> list[FdState]:
        """Open listening sockets, by number."""
        return sorted((fd for fd in self.fds.values() if fd.kind == "listener"), key=lambda fd: fd.fd)

    @property
    def stranded(self) -> list[FdState]:
        """The fds on whose unread bytes it sleeps."""
        return [fd for fd in self.fds.values() if fd.stranded]

    def copy(self) -> LaneState:
        """A copy that a fold may change."""
        return msgspec.structs.replace(
            self,
            fds={number: fd.copy() for number, fd in self.fds.items()},
            gone={client: fd.copy() for client, fd in self.gone.items()},
            ports=dict(self.ports),
        )


class ClientState(msgspec.Struct, omit_defaults=True):
    """One client of the scenario, over all lanes."""

    client: str
    opened: Position
    """n of its first connect."""


class State(msgspec.Struct, omit_defaults=True):
    """Everything after some event."""

    lanes: dict[str, LaneState]
    clients: dict[str, ClientState] = {}
    """In order of connecting."""
    sockets: dict[str, bool] = {}
    """Every client's socket by the client's name, in order of making: True while the client has it open."""
    unread_lines: Int = 0
    """Lines of what strace printed that could not be read (`args["unread"]` of a note)."""
    driven: Count = 0
    """How many client actions a person asked for, beside the scenario's own."""
    n: Position = -1
    t: Count = 0
    step: Small | None = None
    beat: Small | None = None
    action: str | None = None
    """The client action that is under way."""
    action_n: Position | None = None

    def copy(self) -> State:
        """A copy that a fold may change."""
        return msgspec.structs.replace(
            self,
            lanes={name: lane.copy() for name, lane in self.lanes.items()},
            clients=dict(self.clients),
            sockets=dict(self.sockets),
        )


def initial(header: Header) -> State:
    """The state before the first event: the header's lanes, with nothing done."""
    return State(lanes={info.lane: LaneState(info.lane) for info in header.lanes})


_decoder = msgspec.json.Decoder(State)


def decode_state(text: bytes) -> State:
    """A keyframe's state. Raises FormatError."""
    try:
        state = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"a keyframe that can't be read ({error})") from None
    for lane in state.lanes.values():  # a keyframe of an older muxviz does not say it
        lane.peeked = lane.peeked or any(fd.inside is not None for fd in lane.fds.values())
    return state
