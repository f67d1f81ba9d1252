"""Sentences for lines that are no call of a server: client calls and actions, ends, marks, looks from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from muxviz import printable
from muxviz.explain.moment import Moment, Sentences, bytes_
from muxviz.explain.waits import asleep

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
        out.append("Every server sleeps in its wait, until the kernel has something to report.")
    return out


_ARRIVED: Final[dict[str, str]] = {
    "connect": "The connection is made and lies in each listener's accept queue: no server did anything for it.",
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
