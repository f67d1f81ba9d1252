"""Sentences for lines that are no call of a server: client calls and actions, ends, marks, looks from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Final

from muxviz import printable
from muxviz.calls import WAITS
from muxviz.events import Event
from muxviz.kernel import LaneState
from muxviz.language import _, say
from muxviz.trace import Trace
from muxviz.words.actions import action_words
from muxviz.words.meanings import errno_meaning
from muxviz.words.moment import Moment, Sentences, bytes_, connections, has_flag, who
from muxviz.words.sleeping import asleep

_DOES: Final[dict[str, str]] = {
    "connect": _("Client {client} connected; the kernel completed it and put it into the accept queue."),
    "send": _("Client {client} sent {bytes}."),
    "recv": _("Client {client} read {bytes}."),
    "shutdown": _("Client {client} ended its sending side."),
    "close": _("Client {client} closed its connection."),
}
_FAILS: Final[dict[str, str]] = {
    "EINPROGRESS": _("Client {client} began to connect and does not wait for it."),
    "EALREADY": _(
        "Client {client} is still not connected: nobody has answered, or the queue was full and the kernel dropped it."
    ),
    "EAGAIN": _("Client {client}: {call} returned EAGAIN, it can't go on without waiting."),
}


def client_call(moment: Moment) -> Sentences:
    """What a client's own process did."""
    event = moment.event
    values = {
        "client": printable.text(event.client or "?", 8),
        "call": moment.what,
        "bytes": bytes_(max(0, event.ret or 0)),
        "error": moment.error,
    }
    if event.error == "EAGAIN" and event.call == "recv":
        return [say("Client {client} found nothing to read: no answer has come yet.", **values)]
    if event.error:
        template = _FAILS.get(event.error, _("Client {client}: {call} failed with {error}: {meaning}."))
        return [say(template, meaning=errno_meaning(event.error), **values)]
    if event.call == "close" and event.args.get("linger") == 0:
        return [say("Client {client} reset its connection: no end of stream, an RST.", **values)]
    if event.socket_type == "SOCK_DGRAM":
        return [say("Client {client} made a datagram socket; that sends nothing.", **values)]
    if event.call == "recv" and event.ret == 0:
        return [say("Client {client} read 0 bytes: its server has ended the stream.", **values)]
    if event.call == "send" and has_flag(event, "OOB"):
        return [say("Client {client} sent {bytes}, the last of them urgent.", **values)]
    return [say(_DOES.get(event.call or "", _("Client {client} made a call.")), **values)]


def _action(moment: Moment) -> Sentences:
    """A client action: its words, and where it has arrived, as far as that was seen."""
    trace, event, lanes = moment.trace, moment.event, list(moment.state.lanes.values())
    words = action_words(printable.text(event.action or "", 48))
    many = len(lanes) > 1 and not trace.header.source.one_by_one
    out = [_where(trace, event, words) if many else say("{action}.", action=words)]
    events = (trace[n] for n in range(event.n + 1, min(event.n + 1 + len(lanes), len(trace))))
    ahead = [one for one in takewhile(lambda one: one.action is None, events) if one.role == "client"]
    done = next((one for one in ahead if one.error is None), None)
    failed = next((one for one in ahead if one.error not in (None, "EINPROGRESS")), None)
    if done is not None and len({(one.error, one.ret) for one in ahead}) > 1:
        out += _apart(ahead)
    elif done is not None:
        out += _arrived(done, lanes)
    elif failed is not None:
        tried = (
            _("{action} was tried, in every lane at once: its {why}.") if many else _("{action} was tried: its {why}.")
        )
        out[0] = say(tried, action=words, why=_failure(failed))
    if lanes and all(lane.status == "asleep" for lane in lanes):
        waits = all(lane.last is not None and trace[lane.last].call in WAITS for lane in lanes)
        out.append(
            say("Every server sleeps in its wait, until the kernel has something to report.")
            if waits
            else say("Every server sleeps in a call, until the kernel has something for it.")
        )
    return out


def _where(trace: Trace, event: Event, words: str) -> str:
    """In which lanes the clients act: all, some, or none of them in particular, where all share one listener."""
    lanes = event.args.get("lanes")
    if isinstance(lanes, list):
        named = say(", ").join(printable.text(str(lane), 8) for lane in lanes)
        return say("{action}, in {lanes} only.", action=words, lanes=named)
    first = trace[event.n + 1] if event.n + 1 < len(trace) else event
    if first.role == "client" and first.lane is None:
        if first.call != "connect":
            return say("{action}; one worker has that connection.", action=words)
        return say("{action}, on the listener that all share.", action=words)
    return say("{action}, in every lane at once.", action=words)


def _failure(one: Event) -> str:
    return say("{call} failed with {error}", call=printable.text(one.call or "", 16),
               error=printable.text(one.error or "", 16))  # fmt: skip


def _apart(made: Sequence[Event]) -> Sentences:
    """What the act came to, where it is not the same in each lane."""
    groups: dict[str, list[str]] = {}
    for one in made:
        came = (
            _failure(one)
            if one.error
            else bytes_(max(0, one.ret or 0)) if one.call in _MOVES
            else say("{call} succeeded", call=printable.text(one.call or "", 16))
        )  # fmt: skip
        groups.setdefault(came, []).append(printable.text(one.lane or "?", 8))
    return [
        say("What it came to: {what}.", what=", ".join(f"{' · '.join(who)} {came}" for came, who in groups.items()))
    ]


_MOVES: Final = frozenset({"recv", "send"})


def _arrived(done: Event, lanes: Sequence[LaneState]) -> Sentences:
    """What the act has changed on the servers' side."""
    if done.call == "recv":
        if done.ret:
            return [say("It read {bytes}.", bytes=bytes_(done.ret))]
        return [say("It read 0 bytes: its server has ended the stream.")]
    if done.call == "connect":
        waiting = all(fd.queues.accepts for lane in lanes for fd in lane.listeners())
        if not waiting or done.socket_type == "SOCK_DGRAM":
            return []
        return [say("The connection is made and lies in the accept queue: no server did anything for it.")]
    fds = [lane.of_client(done.client or "") for lane in lanes]
    if all(fd is not None and fd.closed is not None for fd in fds):
        return [say("Every server has closed that connection already.")]
    if all(fd is not None and fd.high for fd in fds):
        return [say(_HIGH_NOW.get(done.call or "", _("Each server's socket is readable now.")))]
    return []


_HIGH_NOW: Final[dict[str, str]] = {
    "send": _("The bytes lie in each server's receive queue before any server runs again."),
    "shutdown": _("Each server's socket is readable now: the end of the stream can be read."),
    "close": _("Each server's socket is readable now, though no byte came with it."),
}


def _exit(moment: Moment) -> Sentences:
    end = moment.event.exit
    lane = printable.text(moment.event.lane or "?", 16)
    if end is None or end.by == "muxviz":
        return [say("muxviz ended {lane}.", lane=lane)]
    if end.traceback:
        lines = [line for line in end.traceback.splitlines() if line.strip()]
        last = printable.text(lines[-1] if lines else "", 90)
        said = say("{lane} ended with an exception: {exception}.", lane=lane, exception=last)
        if "filedescriptor out of range in select" in last:
            return [said, say("select takes no fd from 1024 on: the number counts, not how many there are.")]
        return [said]
    if end.signal:
        return [say("{lane} was killed by {signal}.", lane=lane, signal=printable.text(end.signal, 16))]
    return [say("{lane} ended with exit status {status}.", lane=lane, status=end.status)]


def _look(moment: Moment) -> Sentences:
    lane, found = printable.text(moment.event.lane or "?", 16), _found(moment)
    if moment.lane.status != "asleep":
        if found:
            return [say("Seen from outside, in the queues of {lane}: {found}.", lane=lane, found=found)]
        return [say("Seen from outside: what lies in the queues of {lane} has changed.", lane=lane)]
    untold = say("Nobody has told the server yet.")
    if found:
        return [say("Seen from outside while {lane} slept: {found}.", lane=lane, found=found), untold]
    return [say("Seen from outside while {lane} slept: its queues changed.", lane=lane), untold]


def _found(moment: Moment) -> str:
    """What lies in the queues that a look has found changed; empty where nothing lies there."""
    found = []
    for number, queues in moment.event.queues.items():
        if queues.accepts:
            found.append(say("{count} in the accept queue", count=connections(queues.accepts)))
        elif queues.recv and number.isdecimal():
            found.append(say("{bytes} unread on {fd}", bytes=bytes_(queues.recv), fd=who(moment, int(number))))
    return say(", ").join(found)


def _note(moment: Moment) -> Sentences:
    return [printable.text(moment.event.note or "", 200) or say("A line that this muxviz does not know.")]


def _plain(template: str) -> Callable[[Moment], Sentences]:
    return lambda moment: [say(template)]


KINDS: Final[dict[str, Callable[[Moment], Sentences]]] = {
    "enter": asleep,
    "action": _action,
    "look": _look,
    "exit": _exit,
    "mark": lambda moment: [say("Mark: {text}", text=printable.text(moment.event.mark or "", 90))],
    "note": _note,
    "source": _plain(_("The text of a program, the first time that a line of it is at work.")),
    "keyframe": _plain(_("The whole state, written down so that any moment is near.")),
}
