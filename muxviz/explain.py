"""Whole sentences for an event: what happened, why, and what comes next.

`explain` looks the event's call and outcome up in a table of sentence makers. A sentence claims only what its event (and the
state that the events led to) shows: that a client reset needs ERR or ECONNRESET, that a stream has ended needs a read of 0 bytes.
Flags are compared as sets of words. The most important sentence comes first, so that a small screen may drop the last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from muxviz import printable
from muxviz.events import WAITS, Event, split
from muxviz.state import FdState, LaneState, State
from muxviz.trace import Trace

Sentences = list[str]


class Moment(NamedTuple):
    """An event and what surrounds it."""

    trace: Trace
    event: Event
    state: State
    lane: LaneState

    def fd(self, number: int | None) -> FdState | None:
        """A descriptor of the lane."""
        return self.lane.fds.get(number) if number is not None else None

    @property
    def what(self) -> str:
        """The call's name, safe to show."""
        return printable.text(self.event.call or "", 24)


def explain(trace: Trace, n: int, state: State | None = None) -> list[str]:
    """Sentences for event n, the most important first; `state` is the one to speak of, the one after n where it is absent."""
    if not 0 <= n < len(trace):
        return ["Nothing has happened yet. The first step lets every server make its first call."]
    event = trace[n]
    now = state if state is not None else trace.state(n)
    lane = now.lanes.get(event.lane or "") or LaneState(event.lane or "")
    moment = Moment(trace, event, now, lane)
    if event.role == "client":
        return _client(moment)
    maker = _KINDS.get(event.kind)
    if maker is not None:
        return maker(moment)
    if event.call in WAITS:
        return _wait(moment)
    return (_FAILED.get(event.error or "") or _CALLS.get(event.call or "", _unknown))(moment)


def subject(trace: Trace, n: int, state: State, focus: str = "") -> int:
    """Which event to explain at cursor n: the focused lane's where it moved in this tick, else a lane's in trouble, else n's."""
    if n < 0:
        return n
    tick = trace.tick_of(n)
    begin = trace.tick_start(tick)
    action = state.action_n
    if action is not None and action >= begin:
        return action
    lane = state.lanes.get(focus)
    if lane is not None and lane.last is not None and (lane.last >= begin or lane.stranded):
        return lane.last
    ended = [lane.exit_n for lane in state.lanes.values() if lane.exit_n is not None and lane.exit_n >= begin]
    if ended:
        return ended[-1]
    for other in state.lanes.values():
        if other.stranded and other.last is not None:
            return other.last
    newest = trace[n]
    if newest.kind in ("look", "keyframe", "source") or newest.role == "client":
        moved = [other.last for other in state.lanes.values() if other.last is not None and other.last >= begin]
        return max(moved, default=n)
    return n


# --- words -------------------------------------------------------------------------------------------------------


def _bytes(count: int) -> str:
    return f"{count} byte{'' if count == 1 else 's'}"


def _flags(names: str) -> str:
    return " ".join(printable.text(name, 12) for name in split(names))


def _who(moment: Moment, number: int | None) -> str:
    fd = moment.fd(number)
    if fd is not None and fd.kind == "listener":
        return "the listener"
    if fd is not None and fd.client is not None:
        return f"fd {number} (client {printable.text(fd.client, 8)})"
    return f"fd {number}"


def _client_name(fd: FdState | None) -> str:
    return f"client {printable.text(fd.client, 8)}" if fd is not None and fd.client else "the other end"


# --- waits -------------------------------------------------------------------------------------------------------


def _wait(moment: Moment) -> Sentences:
    event, what = moment.event, moment.what
    if event.error and event.error != "timeout":
        return [f"{what} failed with {printable.text(event.error, 16)}.", "It said nothing about any fd."]
    if not event.ready:
        return [
            f"{what} returned with nothing ready: its timeout ran out.",
            "The server wakes, finds no work, and waits again.",
        ]
    told = ", ".join(f"{_flags(names)} for {_who(moment, number)}" for number, names in event.ready[:3])
    more = f" and {len(event.ready) - 3} more" if len(event.ready) > 3 else ""
    number, names = event.ready[0]
    return [f"{what} returned {told}{more}.", *_why(moment, number, frozenset(split(names)))]


def _why(moment: Moment, number: int, names: frozenset[str]) -> Sentences:
    """What a report means: by the first rule that its flags meet."""
    fd = moment.fd(number)
    if fd is None:
        return [
            "The program has no such fd open any more: the report is for a file that lives on under another number."
        ]
    if "NVAL" in names:
        return ["That fd is not open: poll says NVAL where epoll would have forgotten it."]
    if fd.kind == "listener":
        waits = fd.queues.accepts
        count = f"{waits} connection{'' if waits == 1 else 's'}" if waits else "A connection"
        out = [f"{count} wait{'s' if waits in (None, 0, 1) else ''} in its accept queue."]
        return out + (["This edge is used up now: what accept leaves there is not reported again."] if fd.edge else [])
    if "ERR" in names:
        return [f"The connection of {_client_name(fd)} is broken.", "The next recv takes the error and clears it."]
    if names & {"RDHUP", "HUP"} and not fd.unread:
        return [f"{_client_name(fd).capitalize()} will send no more.", "The next recv returns 0 bytes."]
    if names & {"IN", "R"} and not fd.unread and fd.queues.recv == 0:
        return [
            "Nothing is unread, and yet it is readable: the stream has ended, or an error waits.",
            "The next recv tells which.",
        ]
    if names & {"OUT", "W"} and not names & {"IN", "R"}:
        queued = fd.queues.queued
        kept = (
            f"The server keeps {_bytes(queued)} queued, and so asked for this."
            if queued
            else "The server asked for it."
        )
        return ["There is room to send.", kept]
    if fd.edge:
        return [
            f"{_unread(fd)} That uses up the edge.",
            "What the server leaves unread is not reported again until more arrives.",
        ]
    return [_unread(fd), "A level wait reports this again and again, until the queue is empty."]


def _unread(fd: FdState) -> str:
    return f"{_bytes(fd.unread)} {'is' if fd.unread == 1 else 'are'} unread." if fd.unread else "Data is there."


def _asleep(moment: Moment) -> Sentences:
    event, what = moment.event, moment.what
    if event.call not in WAITS:
        return [
            f"The server is blocked in {what} on {_who(moment, event.fd)}.",
            "It can do nothing else until that returns.",
        ]
    stuck = moment.lane.stranded
    if stuck:
        return _stranded(moment, stuck[0])
    timeout = event.args.get("timeout")
    if isinstance(timeout, int | float) and timeout >= 0:
        return [f"The server sleeps in {what}, for {timeout:g} ms at most: nothing that it asks about is ready."]
    unread = [fd for fd in moment.lane.fds.values() if fd.unread and fd.kind != "listener"]
    if unread:
        return [
            f"The server sleeps in {what}.",
            f"{_bytes(unread[0].unread)} arrived on {_who(moment, unread[0].fd)} meanwhile.",
        ]
    return [f"The server sleeps in {what}: nothing that it asks about is ready.", "A client's next action wakes it."]


def _stranded(moment: Moment, fd: FdState) -> Sentences:
    """An edge-triggered wait on what its edge has announced already: the cause first."""
    if fd.kind == "listener":
        return [
            f"The server took a part of its accept queue and waited again; {fd.unread} still waits there.",
            "Its edge was reported before. The next report comes with the next connection.",
        ]
    read = _read_since(moment, fd)
    when = f"at step {fd.reported_step}" if fd.reported_step is not None else "before"
    cause = (
        f"The server read {read} of {_bytes(read + fd.unread)} and waited again; "
        if read
        else "The server waited again without reading; "
    )
    return [
        f"{cause}the edge of the {fd.unread} left was reported {when} and is used up.",
        "The next report comes with new data, or after epoll_ctl(MOD).",
    ]


def _read_since(moment: Moment, fd: FdState) -> int:
    """Bytes that were read from an fd since its newest report."""
    total = 0
    for k in reversed(moment.trace.calls_until(moment.event.n, moment.event.lane or "", 64)):
        if fd.reported_n is None or k <= fd.reported_n:
            break
        event = moment.trace[k]
        if event.fd == fd.fd and event.call in _READS and event.ret is not None and event.ret > 0:
            total += event.ret
    return total


# --- calls -------------------------------------------------------------------------------------------------------

_READS: Final = frozenset({"recv", "recvfrom", "recvmsg", "read"})


def _recv(moment: Moment) -> Sentences:
    event, fd = moment.event, moment.fd(moment.event.fd)
    where = _who(moment, event.fd)
    size = event.args.get("size")
    if event.ret == 0 and size != 0:
        return [f"{moment.what} returned 0 bytes: {_client_name(fd)} has ended its side of the stream.",
                "The wire stays high until the server closes the fd."]  # fmt: skip
    took = f"The server read {_bytes(event.ret or 0)} from {where}"
    left = fd.queues.recv if fd is not None else None
    if left is None:
        return [f"{took}."]
    if not left:
        return [f"{took}; nothing is left unread.", "The wire falls."]
    asked = ", all that it asked for" if isinstance(size, int) and event.ret == size else ""
    after = (
        "Its edge was reported already: a wait now would say nothing of them."
        if fd is not None and fd.edge
        else "A level wait will report them."
    )
    return [f"{took}{asked}; {left} more {'is' if left == 1 else 'are'} still unread.", after]


def _send(moment: Moment) -> Sentences:
    event, fd = moment.event, moment.fd(moment.event.fd)
    size = event.args.get("size")
    sent = f"The server sent {_bytes(event.ret or 0)} to {_client_name(fd)}."
    if isinstance(size, int) and event.ret is not None and event.ret < size:
        return [f"The kernel took {event.ret} of {_bytes(size)} for {_client_name(fd)}: its send buffer is full.",
                "The rest stays in the program, which has to ask for OUT to hear of room."]  # fmt: skip
    queued = fd.queues.queued if fd is not None else None
    return [sent, f"{_bytes(queued)} stay queued in the program."] if queued else [sent]


def _accept(moment: Moment) -> Sentences:
    event = moment.event
    fd = moment.fd(event.ret)
    left = listener.queues.accepts if (listener := moment.fd(event.fd)) is not None else None
    out = [f"The server accepted {_client_name(fd)} as fd {event.ret}."]
    if left:
        out.append(f"{left} more still wait{'s' if left == 1 else ''} in the accept queue.")
    return [*out, "It is not watched until it is registered with epoll_ctl, or named in the next select or poll."]


def _epoll_ctl(moment: Moment) -> Sentences:
    event = moment.event
    number = event.args.get("fd")
    where = _who(moment, number if isinstance(number, int) else None)
    op = printable.text(str(event.args.get("op", "")), 8)
    asked = _flags("|".join(name for name in split(str(event.args.get("events", ""))) if name not in ("ERR", "HUP")))
    if event.error:
        return [f"epoll_ctl {op} for {where} failed with {printable.text(event.error, 16)}."]
    told: dict[str, Sentences] = {
        "ADD": [f"The kernel now watches {where} for {asked}.", "ERR and HUP are reported without asking."],
        "MOD": [
            f"The server now asks for {asked} on {where}.",
            "A MOD looks again: an edge whose data is still unread is reported once more.",
        ],
        "DEL": [f"The kernel no longer watches {where}."],
    }
    return told.get(op, [f"epoll_ctl {op} for {where}."])


def _close(moment: Moment) -> Sentences:
    return [
        f"The server closed fd {moment.event.fd}.",
        "epoll forgets a closed fd by itself; poll and select must be told.",
    ]


def _says(text: str) -> Callable[[Moment], Sentences]:
    """A sentence with `{fd}` and `{ret}` in it."""

    def maker(moment: Moment) -> Sentences:
        return [text.format(fd=_who(moment, moment.event.fd), ret=moment.event.ret, call=moment.what)]

    return maker


def _unknown(moment: Moment) -> Sentences:
    event = moment.event
    on = f" on {_who(moment, event.fd)}" if event.fd is not None else ""
    what = f"failed with {printable.text(event.error, 16)}" if event.error else f"returned {event.ret}"
    return [f"{moment.what or 'A call'}{on} {what}."]


def _again(moment: Moment) -> Sentences:
    event = moment.event
    full = event.call in ("send", "sendto", "sendmsg", "write", "sendfile")
    why = "there is no room in the send buffer" if full else "nothing is left there"
    after = (
        "The server has to keep the bytes and ask for OUT."
        if full
        else "Everything was taken, so the next arrival is a new edge."
    )
    return [f"{moment.what} on {_who(moment, event.fd)} returned EAGAIN: {why}.", after]


def _reset(moment: Moment) -> Sentences:
    name = printable.text(moment.event.error or "", 16)
    return [f"{moment.what} on {_who(moment, moment.event.fd)} failed with {name}: the connection is broken.",
            "That clears the error; another recv would return 0 bytes."]  # fmt: skip


def _in_progress(moment: Moment) -> Sentences:
    return [
        f"{moment.what} has begun and goes on in the kernel.",
        "OUT tells when the connection is made, or ERR that it failed.",
    ]


_FAILED: Final[dict[str, Callable[[Moment], Sentences]]] = {
    "EAGAIN": _again,
    "EWOULDBLOCK": _again,
    "EINPROGRESS": _in_progress,
    "ECONNRESET": _reset,
    "EPIPE": _reset,
}
_CALLS: Final[dict[str, Callable[[Moment], Sentences]]] = {
    **dict.fromkeys(("recv", "recvfrom", "recvmsg", "read"), _recv),
    **dict.fromkeys(("send", "sendto", "sendmsg", "write", "sendfile"), _send),
    "accept": _accept,
    "epoll_ctl": _epoll_ctl,
    "close": _close,
    "socket": _says("The server made a socket: fd {ret}."),
    "socketpair": _says("The server made a pair of sockets that are connected to each other."),
    "dup": _says("A second number, fd {ret}, now stands for the same file as {fd}."),
    "epoll_create": _says("The server made an epoll: fd {ret}. The kernel keeps its interest list there."),
    "bind": _says("The socket has its address. Nobody can connect before listen."),
    "listen": _says("The server listens: the kernel completes connections by itself and queues them for accept."),
    "connect": _says("The server connected {fd}."),
    "shutdown": _says("The server ended its side of {fd}: the client will read to the end, and then 0 bytes."),
    "setsockopt": _says("The server set an option of {fd}."),
}


# --- lines that are no calls -------------------------------------------------------------------------------------

_DOES: Final[dict[str, str]] = {
    "connect": "{who} connected; the kernel completed it and put it into the accept queue.",
    "send": "{who} sent {count}.",
    "recv": "{who} read {count}.",
    "shutdown": "{who} ended its sending side.",
    "close": "{who} closed its connection.",
}


def _client(moment: Moment) -> Sentences:
    event = moment.event
    who = f"Client {printable.text(event.client or '?', 8)}"
    if event.error:
        return [f"{who}: {moment.what} failed with {printable.text(event.error, 16)}."]
    if event.call == "close" and event.args.get("linger") == 0:
        return [f"{who} reset its connection: no end of stream, an RST."]
    text = _DOES.get(event.call or "", "{who} made a call.")
    return [text.format(who=who, count=_bytes(max(0, event.ret or 0)))]


def _action(moment: Moment) -> Sentences:
    """A client action: its words, what it did, and where it has arrived."""
    trace, event = moment.trace, moment.event
    words = printable.text(event.action or "", 48)
    out = [f"{words}, in every lane at once."] if len(moment.state.lanes) > 1 else [f"{words}."]
    asleep = [lane for lane in moment.state.lanes.values() if lane.status == "asleep"]
    done = {
        k.call: k for k in (trace[j] for j in range(event.n + 1, min(event.n + 5, len(trace)))) if k.role == "client"
    }
    for call, after in _ARRIVED.items():
        if call in done and done[call].error is None:
            out.append(after)
            break
    if asleep and len(asleep) == len(moment.state.lanes):
        out.append("Every server sleeps in its wait; the next step shows whom this wakes.")
    return out


_ARRIVED: Final[dict[str, str]] = {
    "connect": "The connection is complete and lies in each listener's accept queue: no server has done anything for it.",
    "send": "The bytes lie in each server's receive queue before any server runs again.",
    "recv": "That makes room in the kernel for what a server still has to send.",
    "shutdown": "Each server's socket is readable now: the end of the stream can be read.",
    "close": "Each server's socket is readable now, though no byte came with it.",
}


def _exit(moment: Moment) -> Sentences:
    end = moment.event.exit
    lane = printable.text(moment.event.lane or "?", 16)
    if end is None or end.by == "muxviz":
        return [f"muxviz ended {lane}."]
    if end.traceback:
        lines = [line for line in end.traceback.splitlines() if line.strip()]
        return [f"{lane} ended with an exception: {printable.text(lines[-1] if lines else '', 90)}."]
    if end.signal:
        return [f"{lane} was killed by {printable.text(end.signal, 16)}."]
    return [f"{lane} ended with exit status {end.status}."]


def _look(moment: Moment) -> Sentences:
    lane = printable.text(moment.event.lane or "?", 16)
    return [f"Seen from outside while {lane} slept: its queues changed.", "Nobody has told the server yet."]


def _plain(text: str) -> Callable[[Moment], Sentences]:
    return lambda moment: [text]


_KINDS: Final[dict[str, Callable[[Moment], Sentences]]] = {
    "enter": _asleep,
    "action": _action,
    "look": _look,
    "exit": _exit,
    "mark": lambda moment: [f"Mark: {printable.text(moment.event.mark or '', 90)}"],
    "note": lambda moment: [printable.text(moment.event.note or "", 200) or "A line that this muxviz does not know."],
    "source": _plain("The text of a program, the first time that a line of it is at work."),
    "keyframe": _plain("The whole state, written down so that any moment is near."),
}
