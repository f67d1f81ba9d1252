"""Whole sentences for an event: what happened, why, and what comes next.

`explain` looks the event's call and outcome up in a table of sentence makers. A sentence claims only what its event
(and the state that the events led to) shows: that a connection is broken needs ERR or an error, that a stream has ended
needs a read of 0 bytes. Flags are compared as sets of words. The most important sentence comes first, so that a small
screen may drop the last.
"""

from __future__ import annotations

from muxviz import printable
from muxviz.calls import WAITS
from muxviz.kernel import LaneState, State
from muxviz.language import _, say
from muxviz.trace import Trace
from muxviz.words.actions import action_words
from muxviz.words.calls import SENTENCES, unknown
from muxviz.words.failures import failed
from muxviz.words.moment import Moment
from muxviz.words.non_calls import KINDS, client_call
from muxviz.words.waits import returned

__all__ = ["action_words", "begun", "explain", "subject"]


def begun(trace: Trace, n: int) -> bool:
    """Whether a program or a client has done anything up to event n: the text of a source is no deed."""
    if n < 0:
        return False
    return bool(trace.actions_done(n)) or any(trace.call_before(n + 1, lane) is not None for lane in trace.lanes)


def _before_the_first_call(trace: Trace) -> list[str]:
    if trace.header.source.kind == "lab":
        return [say("Nothing has happened yet. The first step lets every server make its first call.")]
    first = trace.next_call(-1, trace.lanes[0]) if trace.lanes else None
    if first is None:
        return [say("The program has made no call yet that muxviz sees.")]
    call = printable.text(first.call, 24)
    if first.at is None:
        return [say("The program stands before its first call, {call}.", call=call)]
    file, line = printable.text(first.at[0].rsplit("/", 1)[-1], 40), first.at[1]
    return [say("The program stands before its first call, {call}, in line {line} of {file}.",
                call=call, line=line, file=file)]  # fmt: skip


def explain(trace: Trace, n: int, state: State | None = None) -> list[str]:
    """Sentences for event n, the most important first; they speak of `state`, or of the state after n."""
    if not 0 <= n < len(trace):
        return _before_the_first_call(trace)
    event = trace[n]
    if event.kind == "source" and not begun(trace, n):
        return _before_the_first_call(trace)
    now = state if state is not None else trace.state(n)
    lane = now.lanes.get(event.lane or "") or LaneState(event.lane or "")
    moment = Moment(trace, event, now, lane)
    if event.role == "client":
        return client_call(moment)
    maker = KINDS.get(event.kind)
    if maker is not None and event.kind != "enter":
        return maker(moment)
    if maker is not None:
        said = maker(moment)
    elif event.call in WAITS:
        said = returned(moment)
    elif event.error is not None:
        said = failed(moment)
    else:
        said = SENTENCES.get(event.call or "", unknown)(moment)
    return [_of_a_program(one) for one in said] if _is_no_server(trace) else said


def _is_no_server(trace: Trace) -> bool:
    """Somebody's own program need not be one, and where a scenario has no clients the programs are none."""
    source = trace.header.source
    return source.kind != "lab" or (source.scenario is not None and not trace.header.beats)


def _of_a_program(sentence: str) -> str:
    """The same of a program that is no server, or need not be one."""
    for server, program in ((_("The server"), _("The program")), (_("the server"), _("the program"))):
        sentence = sentence.replace(say(server), say(program))
    return sentence


def subject(trace: Trace, n: int, state: State, focus: str = "") -> int:
    """Which event to explain at cursor n: an action or an end, else the focused lane's, a troubled lane's, n."""
    if n < 0:
        return n
    tick = trace.tick_of(n)
    begin = trace.tick_start(tick)
    action = state.action_n
    if action is not None and action >= begin:
        return action
    ended = [other.exit_n for other in state.lanes.values() if other.exit_n is not None and other.exit_n >= begin]
    if ended:
        return ended[-1]
    lane = state.lanes.get(focus)
    if lane is not None and lane.last is not None and (lane.last >= begin or lane.stranded):
        return lane.last
    for other in state.lanes.values():
        if other.stranded and other.last is not None:
            return other.last
    newest = trace[n]
    if newest.kind in ("look", "keyframe", "source") or newest.role == "client":
        moved = [other.last for other in state.lanes.values() if other.last is not None and other.last >= begin]
        return max(moved, default=n)
    return n
