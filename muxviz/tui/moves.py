"""Moves: to a step, a wakeup, a marker, a moment that is asked for. The first two groups of the table of keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from muxviz.draw.choices import Choices, choose
from muxviz.draw.findings import chosen, listed
from muxviz.draw.selection import find
from muxviz.events import Event
from muxviz.findings import words as said
from muxviz.language import _, say
from muxviz.printable import text
from muxviz.trace import PositionError, position
from muxviz.trace.ask import Condition, same_call
from muxviz.trace.position import HELP as WHERE_HELP
from muxviz.tui.capabilities import Capability, refusal
from muxviz.tui.player import Goal, Player
from muxviz.tui.prompts import LinePrompt, Prompt
from muxviz.tui.questions import Questions
from muxviz.tui.source import SessionSpec
from muxviz.tui.view_state import ViewState

if TYPE_CHECKING:
    from muxviz.sources.session import Session

_IN_THE_LIST: Final = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10, "home": -(1 << 30), "end": 1 << 30}
_AFTER: Final[dict[Goal, str]] = {
    "wakeup": _("no wakeup comes after this moment"),
    "action": _("no client action comes after this moment"),
}
_BEFORE: Final[dict[Goal, str]] = {
    "wakeup": _("there is no wakeup before this moment"),
    "action": _("there is no client action before this moment"),
}
_ASK_HELP: Final = _("such as  fd == 5 and unread > 0 and not reported")


class Moving:
    """A mode that has a cursor in a trace."""

    source: Session
    spec: SessionSpec
    player: Player
    view_state: ViewState
    questions: Questions
    notice: str | None
    prompt: Prompt | None
    size: tuple[int, int]
    """Columns and rows of the newest picture."""

    def can(self, asked: Capability) -> bool:
        """Whether this session can do what a key asks for; where it can't, it is said why."""
        refused = refusal(self.spec.kind, asked)
        self.notice = refused or self.notice
        return refused is None

    def view(self) -> Any:
        """The view that the picture is drawn with."""
        raise NotImplementedError

    def chosen(self, n: int | None = None) -> Choices:
        """What is looked at where the cursor stands, or after event n: chosen by a person, or by itself."""
        return choose(self.source.trace, self.player.n if n is None else n, self.size[0], self.view())

    def the_end(self) -> str:
        """Where a recording ends."""
        return say("this is the recording's end; N goes back, g to its beginning")

    def answer(self, event: Event | None, words: str) -> None:
        """What a question led to."""
        self.notice = words
        if event is not None:
            self.player.stand_at(event.n)
            if event.lane in self.source.trace.lanes and event.role != "client":
                self.view_state.focus = event.lane or self.view_state.focus

    # --- moves -------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One step forward."""
        self._told(self.player.forward(time.monotonic()), self.the_end())

    def step_back(self) -> None:
        """One step back."""
        self._told(self.player.back(), say("this is before the first step"))

    def seek(self, goal: Goal) -> None:
        """Forward to the next wakeup or client action."""
        self._told(self.player.seek(goal, time.monotonic()), say(_AFTER[goal]))

    def seek_back(self, goal: Goal) -> None:
        """Back to the last wakeup or client action."""
        self._told(self.player.seek_back(goal), say(_BEFORE[goal]))

    def lane_step(self) -> None:
        """The focused lane alone."""
        lane = self.view_state.focus
        self._told(self.player.lane(lane, time.monotonic()), say("{lane} makes no call after this moment", lane=lane))

    def lane_step_back(self) -> None:
        """Back to the focused lane's call before."""
        self._told(
            self.player.lane_back(self.view_state.focus),
            say("{lane} made no call before this moment", lane=self.view_state.focus),
        )

    def finding(self, *, forward: bool) -> None:
        """To the next or the last moment at which something was found."""
        trace, n = self.source.trace, self.player.n
        found = trace.finding_after(n) if forward else trace.finding_before(self._tick_start)
        if self.player.jump(found):
            self._at_finding(found)
        else:
            self.notice = (
                say("nothing is found after this moment; E lists everything that was")
                if forward
                else say("nothing was found before this moment; E lists everything that was")
            )

    def _at_finding(self, n: int | None) -> None:
        """Focus the lane of what was found at event n, and say what it is."""
        here = [one for one in self.source.trace.findings.until(n or 0) if one.opened == n]
        if here:
            self.view_state.focus = here[-1].lane if here[-1].lane in self.source.trace.lanes else self.view_state.focus
            lane, name = text(here[-1].lane, 8), said.name(here[-1].rule)
            self.notice = say("! {lane}: {name}. E shows what it rests on", lane=lane, name=name)

    def in_the_list(self, key: str) -> bool:
        """A key in the list of findings: another one, or there. False where the key is not the list's."""
        every = listed(self.source.trace)
        at = chosen(self.source.trace, self.player.n, self.view_state.chosen)
        by = _IN_THE_LIST.get(key)
        if by is not None:
            self.view_state.chosen = max(0, min(at + by, len(every) - 1))
        elif key == "enter" and every:
            self.player.stop()
            self.view_state.overlay = None
            self.player.jump(every[at].opened)
            self._at_finding(every[at].opened)
        return by is not None or key == "enter"

    def marker(self, *, forward: bool) -> None:
        """To the next or the last marker."""
        trace, n = self.source.trace, self.player.n
        found = trace.mark_after(n) if forward else trace.mark_before(self._tick_start)
        if self.player.jump(found):
            self.notice = f"◆ {text(dict(trace.marks())[found or 0], 80)}"
        else:
            self.notice = (
                say("there is no marker after this moment; m sets one")
                if forward
                else say("there is no marker before this moment; m sets one")
            )

    @property
    def _tick_start(self) -> int:
        return self.source.trace.tick_start(self.player.tick) if self.player.n >= 0 else -1

    def go_to(self) -> None:
        """Ask for a moment, and go there."""
        self.prompt = LinePrompt(say("go to"), self._go_to, help=say(WHERE_HELP))

    def _go_to(self, words: str) -> str | None:
        try:
            found = position(self.source.trace, words)
        except PositionError as error:
            return str(error)
        self.player.stop()
        if found < 0:
            self.player.first()
        else:
            self.player.stand_at(found)
        return None

    # --- questions ---------------------------------------------------------------------------------------------------

    def ask(self, *, forward: bool) -> None:
        """Ask for a condition, and search for the moment at which it holds."""
        way = say("forward to") if forward else say("back to")
        asked = self.questions.asked
        help = say("enter alone: {question}", question=text(asked.text, 40)) if asked is not None else say(_ASK_HELP)
        self.prompt = LinePrompt(way, lambda words: self._ask(words, forward=forward), help=help)

    def _ask(self, words: str, *, forward: bool) -> str | None:
        return self.questions.type(words, self.player.n, forward=forward)

    def ask_again(self, *, forward: bool) -> None:
        """The same question from here."""
        if not self.questions.again(self.player.n, forward=forward):
            self.notice = say("nothing was asked yet: / asks for a condition")

    def ask_about_fd(self, question: Callable[[str, int], Condition], *, forward: bool) -> None:
        """The next event on the followed fd of the focused lane, or its next change."""
        trace, chosen = self.source.trace, self.chosen()
        lane = trace.state(chosen.n).lanes.get(self.view_state.focus)
        fd = find(lane, chosen.client) if lane is not None and chosen.client is not None else None
        if fd is None:
            self.notice = say(
                "{lane} has no fd here that is followed; f follows another client", lane=self.view_state.focus
            )
        else:
            self.questions.ask(question(self.view_state.focus, fd.fd), self.player.n, forward=forward)

    def ask_same_call(self, *, forward: bool) -> None:
        """The focused lane's next call of the same name."""
        trace, lane = self.source.trace, self.view_state.focus
        last = trace.call_before(self.player.n + 1, lane)
        call = trace[last].call if last is not None else None
        if call is None:
            self.notice = say("{lane} has made no call yet", lane=lane)
        else:
            self.questions.ask(same_call(lane, call), self.player.n, forward=forward)

    def _told(self, moved: bool, otherwise: str) -> None:
        if not moved:
            self.notice = otherwise
