"""Notices in the key row that no key asked for: why nothing moves, what failed, who is slow, where a recording goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from muxviz.language import say, together
from muxviz.printable import text
from muxviz.tui.player import Player
from muxviz.tui.source import SessionSpec

if TYPE_CHECKING:
    from muxviz.sources.session import Session, SessionStatus

_WAIT_SECONDS: Final = 0.6
"""How long a step may take before its reason is given."""


class Notices:
    """Compares a session with what was told of it."""

    def __init__(self, source: Session) -> None:
        self._source = source
        self._trouble: str | None = None
        self._note: str | None = None
        self._full_waits: dict[str, int] = {}
        self._told_over = False
        self.stalled: frozenset[str] = frozenset()
        """Lanes that waited on a full ring since the last look."""
        self.stops_playing = False
        """The newest news ends the playing."""

    def after(self, ended: str | None, player: Player, spec: SessionSpec) -> str | None:
        """What to say of a command that has ended."""
        self.stops_playing = False
        status = self._source.status
        if ended == "record":
            if not status.recording:
                return None
            return say("recording into {file}, from the session's beginning", file=status.recording)
        if ended == "drive" and status.exhausted:
            return unreachable(status)
        if ended is None or status.phase != "held":
            return None
        if status.exhausted and ended in ("step", "seek", "lane"):
            self.stops_playing = True
            return self._nothing_moved(ended, spec)
        awake = [name for name, lane in status.lanes.items() if lane.place == "gate"]
        if status.patient and awake and ended in ("step", "seek"):
            self.stops_playing = True
            over = say("the scenario is over, though {lanes} go on.", lanes=_all(awake))
            if spec.kind == "programs":
                return over
            return together((over, say("R restarts{mends}, o has others", mends=_mends(spec))))
        reading = [name for name, lane in status.lanes.items() if lane.place == "input"]
        if reading and ended != "journey":
            return say("{lanes} reads its standard input: I types a line into it", lanes=_all(reading))
        lost = [name for name, lane in status.lanes.items() if lane.place == "busy"]
        if lost and ended != "journey":
            return say("{lanes} computes, or waits where muxviz can't see it; steps go on without it", lanes=_all(lost))
        return None

    def _nothing_moved(self, ended: str, spec: SessionSpec) -> str:
        status = self._source.status
        places = {lane.place for lane in status.lanes.values()}
        lost = [name for name, lane in status.lanes.items() if lane.place == "busy"]
        reading = [name for name, lane in status.lanes.items() if lane.place == "input"]
        if reading:
            return say("{lanes} reads its standard input: I types a line into it", lanes=_all(reading))
        if lost:
            return say("{lanes} computes, or waits where muxviz can't see it; n looks again", lanes=_all(lost))
        if ended == "lane" and ("gate" in places or status.beats_done < status.beats_total):
            return say("this lane sleeps or has ended; n steps all, and lets a client act once all sleep")
        if places <= {"ended"}:
            return say("every program has ended; R starts anew")
        if spec.kind == "programs" and status.beats_done < status.beats_total:
            return say("no program listens where the clients could reach it; R restarts")
        if spec.beats is None:
            return say("the program sleeps until something reaches it from outside; R restarts")
        if spec.kind == "programs":
            return say("the scenario is over: every lane sleeps. N goes back, R restarts")
        return say("the scenario is over: every lane sleeps. R restarts{mends}, o has others", mends=_mends(spec))

    def of_itself(self, player: Player, now: float) -> str | None:
        """What happened beside the commands: trouble, a step that takes long, the end of a free run."""
        status = self._source.status
        waits = {name: lane.full_waits for name, lane in status.lanes.items()}
        self.stalled = frozenset(name for name, count in waits.items() if count > self._full_waits.get(name, count))
        self._full_waits = waits
        if status.trouble is not None and status.trouble != self._trouble:
            self._trouble = status.trouble
            self.stops_playing = True
            return (say("the lab stopped: ") if status.phase == "failed" else "") + status.trouble
        if status.note is not None and status.note != self._note:
            self._note = status.note
            return text(status.note)
        if status.phase == "stepping" and now - player.asked_at > _WAIT_SECONDS:
            return (
                say("searching; space ends it") if player.asked == "seek" else say("waiting for a lane that computes")
            )
        resting = bool(status.lanes) and all(lane.place in ("asleep", "ended") for lane in status.lanes.values())
        gone = bool(status.lanes) and all(lane.place == "ended" for lane in status.lanes.values())
        over = player.running and resting and (gone or 0 < status.beats_total == status.beats_done)
        if over and not self._told_over:
            self._told_over = True
            if gone:
                return say("every program has ended. N goes back, R starts anew")
            return say("the scenario is over: every lane sleeps. N goes back, R restarts")
        self._told_over = over
        return None


def _all(lanes: list[str]) -> str:
    return say(" and ").join(lanes)


def _mends(spec: SessionSpec) -> str:
    return say(", d: {fix}", fix=spec.next_fix.name) if spec.next_fix is not None else ""


def unreachable(status: SessionStatus) -> str:
    """Why no client can reach a program."""
    if status.lanes and all(lane.place == "ended" for lane in status.lanes.values()):
        return say("every program has ended: no client can reach one. R starts anew")
    return say("no program listens yet; n steps on until one does")
