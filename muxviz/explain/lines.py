"""Sentences for lines that are no call of a server: client calls and actions, ends, marks, looks from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from muxviz import printable
from muxviz.events import Event
from muxviz.explain.moment import Moment, Sentences, bytes_
from muxviz.explain.waits import asleep
from muxviz.state import LaneState

_DOES: Final[dict[str, str]] = {
    "connect": "{who} connected; the kernel completed it and put it into the accept queue.",
    "send": "{who} sent {count}.",
    "recv": "{who} read {count}.",
    "shutdown": "{who} ended its sending side.",
    "close": "{who} closed its connection.",
}


def client_call(moment: Moment) -> Sentences:
    event = moment.event
    who = f"Client {printable.text(event.client or '?', 8)}"
    if event.error:
        return [f"{who}: {moment.what} failed with {printable.text(event.error, 16)}."]
    if event.call == "close" and event.args.get("linger") == 0:
        return [f"{who} reset its connection: no end of stream, an RST."]
    text = _DOES.get(event.call or "", "{who} made a call.")
    return [text.format(who=who, count=bytes_(max(0, event.ret or 0)))]


def _action(moment: Moment) -> Sentences:
    """A client action: its words, and where it has arrived, as far as that was seen."""
    trace, event, lanes = moment.trace, moment.event, list(moment.state.lanes.values())
    words = printable.text(event.action or "", 48)
    out = [f"{words}, in every lane at once."] if len(lanes) > 1 else [f"{words}."]
    ahead = [trace[n] for n in range(event.n + 1, min(event.n + 1 + len(lanes), len(trace)))]
    done = next((one for one in ahead if one.role == "client" and one.error is None), None)
    failed = next((one for one in ahead if one.role == "client" and one.error not in (None, "EINPROGRESS")), None)
    if done is not None:
        out += _arrived(done, lanes)
    elif failed is not None:
        where = ", in every lane at once" if len(lanes) > 1 else ""
        why = f"{printable.text(failed.call or '', 16)} failed with {printable.text(failed.error or '', 16)}"
        out[0] = f"{words} was tried{where}: its {why}."
    if lanes and all(lane.status == "asleep" for lane in lanes):
        out.append("Every server sleeps in its wait, until the kernel has something to report.")
    return out


def _arrived(done: Event, lanes: Sequence[LaneState]) -> Sentences:
    """What the act has changed on the servers' side."""
    if done.call == "recv":
        return [f"It read {bytes_(done.ret)}." if done.ret else "It read 0 bytes: its server has ended the stream."]
    if done.call == "connect":
        waiting = all(fd.queues.accepts for lane in lanes for fd in lane.listeners())
        return (
            ["The connection is made and lies in the accept queue: no server did anything for it."] if waiting else []
        )
    fds = [lane.of_client(done.client or "") for lane in lanes]
    if all(fd is not None and fd.closed is not None for fd in fds):
        return ["Every server has closed that connection already."]
    if all(fd is not None and fd.high for fd in fds):
        return [_HIGH_NOW.get(done.call or "", "Each server's socket is readable now.")]
    return []


_HIGH_NOW: Final[dict[str, str]] = {
    "send": "The bytes lie in each server's receive queue before any server runs again.",
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


KINDS: Final[dict[str, Callable[[Moment], Sentences]]] = {
    "enter": asleep,
    "action": _action,
    "look": _look,
    "exit": _exit,
    "mark": lambda moment: [f"Mark: {printable.text(moment.event.mark or '', 90)}"],
    "note": lambda moment: [printable.text(moment.event.note or "", 200) or "A line that this muxviz does not know."],
    "source": _plain("The text of a program, the first time that a line of it is at work."),
    "keyframe": _plain("The whole state, written down so that any moment is near."),
}
