"""`p`: before waits return or sleep, the learner says what they will report. Asks, moves, and tells who was right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from muxviz.draw.view import Predicting
from muxviz.language import say
from muxviz.tui.actions import Action
from muxviz.tui.player import Player
from muxviz.tui.prompts import Prompt
from muxviz.words.prediction import NOTHING, Question, Tally, Verdict, judge, question, verdict_words, words

_ASKS: Final = frozenset({"step", "lane-step", "wakeup", "action", "play"})
"""Actions before which a question may stand."""
_SEEKS: Final = frozenset({"wakeup", "action"})


_MOST_STEPS: Final = 16
"""Of a search in a recording, for one frame."""


class Asking(Protocol):
    """The mode, as far as predicting needs it."""

    player: Player
    prompt: Prompt | None
    notice: str | None

    @property
    def followed(self) -> str | None:
        """The client that the screen follows."""

    @property
    def focused(self) -> str:
        """The lane that the screen points at."""

    def focus_next(self, by: int) -> None:
        """Focus another lane."""

    def move(self, id: str) -> None:
        """Make a move of the table, without asking anything."""


class QuestionPrompt:
    """What will each wait report? Numbers change a lane's answer."""

    def __init__(self, asked: Question, lanes: list[str], done: Callable[[str, dict[str, str]], None],
                 focus_next: Callable[[int], None]) -> None:  # fmt: skip
        self._asked, self._lanes, self._done, self._focus_next = asked, lanes, done, focus_next
        self.said = dict.fromkeys(asked.choices, NOTHING)

    @property
    def text(self) -> str | tuple[str, ...]:
        numbered = [(self._lanes.index(lane) + 1, lane, words(said)) for lane, said in self.said.items()]
        named = "  ".join(f"{number} {words(lane)}: {said}" for number, lane, said in numbered)
        short = "  ".join(f"{number} {words(lane)} {said}" for number, lane, said in numbered)
        bare = "  ".join(f"{number} {said}" for number, _, said in numbered)
        commits, skips, ends = say("enter commits"), say("escape skips"), say("p ends predicting")
        return (
            f"{named}   {commits}  {skips}  {ends}",
            f"{named}   {commits}  {skips}",
            f"{short}   {commits}",
            f"{short}  enter",
            f"{bare}   {commits}  {skips}",
        )

    def press(self, key: str) -> bool:
        """Take a key; True where the question is done."""
        if key.isdecimal() and 1 <= int(key) <= len(self._lanes):
            lane = self._lanes[int(key) - 1]
            if lane in self.said:
                choices = self._asked.choices[lane]
                self.said[lane] = choices[(choices.index(self.said[lane]) + 1) % len(choices)]
        elif key in ("tab", "shift+tab"):
            self._focus_next(1 if key == "tab" else -1)
        elif key in _ENDS:
            self._done(_ENDS[key], self.said)
            return True
        return False


_ENDS: Final = {"enter": "commit", "escape": "skip", "p": "end"}


class Predictor:
    """Predicting on one mode."""

    def __init__(self, mode: Asking, tally: Tally) -> None:
        self._mode, self._tally = mode, tally
        mode.player.stays = lambda: tally.on and self._question(None) is not None
        self._settled: set[int] = set()
        """Events after which the question was answered or skipped."""
        self._waits: tuple[Question, dict[str, str]] | None = None
        """Committed; the kernel has not answered yet."""
        self._verdicts: list[Verdict] = []
        self._verdicts_at = -1
        self._seeks: tuple[str, int] | None = None
        """A goal that is looked for step by step, and the event from which."""

    def switch(self) -> None:
        """On or off; the score is kept."""
        self._tally.on = not self._tally.on
        self._seeks = self._waits = None
        if not self._tally.on:
            score = say("; {right} of {asked} were right", right=self._tally.right, asked=self._tally.asked)
            self._mode.notice = say("predicting is off") + (score if self._tally.asked else "")
        elif self._mode.player.running:
            self._mode.notice = say("predicting is on; it begins when the programs are held: c holds them")
        else:
            self._mode.notice = say("predicting is on: before waits return you say what they will report. n goes on")

    @property
    def shown(self) -> Predicting | None:
        """What the picture has to know."""
        if not self._tally.on:
            return None
        prompt, player = self._mode.prompt, self._mode.player
        choices = prompt.said if isinstance(prompt, QuestionPrompt) else {}
        here = self._verdicts if self._verdicts_at == player.n and not choices else []
        return Predicting(
            self._tally.right,
            self._tally.asked,
            {lane: words(said) for lane, said in choices.items()},
            {verdict.lane: verdict.right for verdict in here},
            self._told(here),
        )

    def _told(self, here: list[Verdict]) -> tuple[str, list[str]] | None:
        """The verdict to speak of: the focused lane's where it was wrong, else the first wrong one, else its own."""
        if not here:
            return None
        focused = [verdict for verdict in here if verdict.lane == self._mode.focused]
        wrong = [verdict for verdict in here if not verdict.right]
        one = ([verdict for verdict in focused if not verdict.right] or wrong or focused or here)[0]
        return one.lane, verdict_words(self._mode.player.source.trace, one, self._mode.player.n)

    def before(self, action: Action[Any]) -> bool:
        """A move is wanted: True where a question comes first, or where it is made step by step."""
        player = self._mode.player
        if not self._tally.on or action.id not in _ASKS or player.running:
            return False
        if action.id == "play":
            player.by_steps = True  # the recorded pace would run past what has to be asked
        if player.playing or player.asked in ("seek", "journey"):
            return False
        if self._seeks is not None:
            if action.id != self._seeks[0]:
                self.stop()
            return True
        if player.busy or self._waits is not None:
            return True  # a key that is held down must not run past a question
        asked = self._question(self._mode.focused if action.id == "lane-step" else None)
        if asked is not None:
            self._ask(asked, action.id)
            return True
        if action.id in _SEEKS:
            self._seeks = (action.id, player.n)
            self._mode.move("step")
            return True
        return False

    def stop(self) -> None:
        """End the search for a wakeup or a client action."""
        self._seeks = None

    @property
    def searching(self) -> bool:
        """It goes from step to step."""
        return self._seeks is not None

    def pulse(self) -> None:
        """Look whether the kernel has answered, and go on with a search. Before the player plays on."""
        player = self._mode.player
        if player.running:
            self._seeks = self._waits = None
        if not self._tally.on or player.source.pending or player.asked is not None:
            return
        if self._waits is not None and player.n > self._waits[0].n:
            self._judge(*self._waits)
        elif self._mode.prompt is None and (player.playing or self._seeks is not None):
            for _ in range(1 if player.source.live or self._seeks is None else _MOST_STEPS):
                self._go_on()
                if self._seeks is None:
                    break

    def _go_on(self) -> None:
        player = self._mode.player
        asked = self._question(None)
        if self._seeks is not None:
            goal, begin = self._seeks
            trace = player.source.trace
            found = (trace.wakeup_after if goal == "wakeup" else trace.action_after)(begin)
            over = player.source.status.exhausted if player.source.live else player.n >= len(trace) - 1
            if (found is not None and found <= player.n) or over:
                self._seeks = None
            elif asked is None:
                self._mode.move("step")
        if asked is not None and (self._seeks is not None or player.playing):
            player.stop()
            self._seeks = None
            self._ask(asked, "step")

    def _question(self, only: str | None) -> Question | None:
        player = self._mode.player
        if player.n in self._settled or (player.source.live and player.following and player.source.status.busy):
            return None
        return question(player.source.trace, player.n, self._mode.followed, only)

    def _ask(self, asked: Question, then: str) -> None:
        def done(how: str, said: dict[str, str]) -> None:
            if how == "end":
                self.switch()
                return
            self._settled.add(asked.n)
            if how == "commit":
                if asked.quiet:
                    self._judge(asked, said)
                    return
                self._waits = (asked, said)
            self._mode.move("lane-step" if then == "lane-step" else "step")

        self._mode.prompt = QuestionPrompt(asked, self._mode.player.source.trace.lanes, done, self._mode.focus_next)

    def _judge(self, asked: Question, said: dict[str, str]) -> None:
        player = self._mode.player
        self._waits = None
        self._verdicts = judge(player.source.trace, asked, said, player.n)
        self._verdicts_at = player.n
        self._tally.count(self._verdicts)
