"""The lab's mode: a session, where in it the screen stands, and what the keys do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from muxviz.draw import Grid, draw
from muxviz.draw.choices import followable, running_lane
from muxviz.draw.layout import layout
from muxviz.draw.pages import page_count
from muxviz.draw.scene import scene
from muxviz.draw.selection import display_name
from muxviz.draw.timeline import timeline_at
from muxviz.language import of_fix, say
from muxviz.printable import text
from muxviz.scenarios import Beat, lanes_of
from muxviz.tui import traced
from muxviz.tui.actions import Action, by_key
from muxviz.tui.drive import DrivePrompt, ManualClients
from muxviz.tui.filters import Filters
from muxviz.tui.host import Host
from muxviz.tui.lab_actions import ACTIONS, MOVES
from muxviz.tui.notices import Notices, unreachable
from muxviz.tui.player import Player
from muxviz.tui.predicting import Predictor
from muxviz.tui.prompts import LanesPrompt, LinePrompt, Prompt, YesPrompt
from muxviz.tui.questions import Questions
from muxviz.tui.restart import DEFERRED, Restart
from muxviz.tui.source import LabSpec, SessionSpec, TraceSpec
from muxviz.tui.stdin_prompt import OwnPrograms
from muxviz.tui.view_state import ViewState

if TYPE_CHECKING:
    from muxviz.sources.session import Session

_KEYS: Final = by_key(ACTIONS)


class LabMode(OwnPrograms):
    """Keys in, pictures out. It belongs to the thread of the screen and never waits for the lab."""

    actions = ACTIONS
    host: Host

    def __init__(self, host: Host, spec: SessionSpec, source: Session, view_state: ViewState | None = None) -> None:
        self.host, self.spec, self.source = host, spec, source
        self.player = Player(source, steps=not isinstance(spec, TraceSpec))
        self.view_state = view_state or ViewState()
        self.view_state.forget()
        self.notice = None
        self.prompt = None
        self._journey: Restart | None = None
        self._news = Notices(source)
        self.questions = Questions(source.trace)
        self.filters = Filters(self)
        self._hand = ManualClients()
        self._leaving: Prompt | None = None
        """The question whether a program is to end."""
        self._phase = ""
        """Of a traced program, when it was last looked at."""
        self._predictor = Predictor(self, self.view_state.predict)
        self._shown: tuple[object, ...] = ()
        self.size = (120, 36)
        """Of the newest picture."""
        lanes = source.trace.lanes
        if self.view_state.focus not in lanes:
            self.view_state.focus = lanes[-1] if lanes else ""

    # --- what the application calls ----------------------------------------------------------------------------------

    def press(self, key: str) -> None:
        """A key was pressed: the prompt's, or an action's. Any key ends the news and, but for its own, an overlay."""
        self.notice = self._journey.under_way if self._journey is not None else None
        if self.prompt is not None:
            if self.prompt.press(key):
                self.prompt = None
            return
        self.questions.stop()
        if key == "escape":
            if self.view_state.overlay is None:
                self.filters.off()
            self.view_state.overlay = None
            return
        if self.view_state.overlay == "findings" and self.in_the_list(key):
            return
        action = _KEYS.get(key)
        if action is not None:
            self.do(action)

    def do(self, action: Action[Any]) -> None:
        """Do it. A move ends whatever goes on by itself; where that was all the programs were doing, it is the move.
        On a journey a move waits for the journey's end."""
        if self._journey is not None and action.id in DEFERRED:
            self._journey.queued = action
            return
        if self._predictor.before(action):
            self.view_state.overlay = None
            return
        if action.id in MOVES:
            self.view_state.overlay = None
            runs = self.player.running and self.player.steps  # a traced program goes on while one looks back
            went_on = self.player.playing or runs or self._searching or self._predictor.searching
            self._predictor.stop()
            self.player.stop()
            if went_on and action.id in ("step", "wakeup", "action", "lane-step"):
                return
        action.do(self)

    def click(self, x: int, y: int, size: tuple[int, int]) -> None:
        """A click on a lane focuses it; one on the timeline goes there."""
        found = scene(self.source.trace, self.player.n, size, self.view())
        plan = layout(found)
        there = timeline_at(found, plan, x, y)
        if there is not None:
            self.player.stop()
            self.player.stand_at(there)
            return
        if 1 <= y <= plan.panel and plan.panels:
            self.view_state.focus = plan.panels[min(x * len(plan.panels) // max(1, size[0]), len(plan.panels) - 1)]

    def pulse(self, now: float) -> bool:
        """Look what has happened."""
        self._predictor.pulse()
        self.filters.pulse()
        ended = self.player.pulse(now)
        self._predictor.pulse()
        answer = self.questions.pulse()
        if answer is not None:
            self.answer(*answer)
        elif self.questions.under_way is not None:
            self.notice = say("searching {part}; any key ends it", part=f"{self.questions.under_way.progress:4.0%}")
        told = self._news.after(ended, self.player, self.spec) or self._news.of_itself(self.player, now)
        if told is not None:
            self.notice = told
            if self._news.stops_playing:
                self.player.playing = False
        if self._journey is not None:
            self._go_on(self._journey, told)
        if self.player.arrived is not None:
            self.notice = (
                say("◆ {mark}   space goes on", mark=text(self.player.arrived, 60))
                if self.player.arrived
                else self.the_end()
            )
            self.player.arrived = None
        if isinstance(self.spec, TraceSpec):
            self._look_after(self.spec)
        self.view_state.stalled = self._news.stalled
        self.view_state.focus = running_lane(self.source.trace, self.player.n) or self.view_state.focus
        shown = self._what_is_shown()
        if shown == self._shown:
            return False
        self._shown = shown
        return True

    def _look_after(self, spec: TraceSpec) -> None:
        """A traced program's lanes come one by one, and it comes to stand, or to its end, by itself."""
        lanes = self.source.trace.lanes
        if not self.view_state.focus and lanes:
            self.view_state.focus = lanes[0]
        told = traced.changed(spec, self.player, self._phase)
        self._phase = self.source.status.phase
        self.notice = told or self.notice

    def depart(self, words: str, actions: int, now: float) -> None:
        """A new start for the reason that the words give, to where the servers settled after so many actions."""
        self._journey = Restart(words, actions, self.spec.beats)
        self.notice = self._journey.under_way
        self.player.travel(actions, now)

    def _go_on(self, journey: Restart, told: str | None) -> None:
        """On the way, or there: then it is said where, and the key that waited is done."""
        if self.player.travelling:
            if told is not None and not self._news.stops_playing:
                self.notice = say("{journey} space ends it here", journey=journey.under_way)
            return
        self._journey = None
        if told is None or not self._news.stops_playing:
            self.notice = journey.over(self.source.trace.actions_done(self.player.n))
        if journey.queued is not None:
            self.do(journey.queued)

    @property
    def hurried(self) -> bool:
        """Something is under way whose end should be seen at once."""
        looking = self.questions.under_way is not None or self.filters.looking
        return self.player.busy or looking or self._predictor.searching

    def grid(self, size: tuple[int, int]) -> Grid:
        """The picture."""
        self.size = size
        trace = self.source.trace
        n = self.player.newest_n if self.player.running and self.player.following else self.player.n
        return draw(trace, n, size, self.view())

    def view(self) -> Any:
        """The view that the picture is drawn with."""
        notice = self.prompt.text if self.prompt is not None else self.notice
        view = self.view_state.view(self.player, self.spec, notice, self.host.picture_theme)
        return replace(view, predicting=self._predictor.shown, filter=self.player.filter)

    def _what_is_shown(self) -> tuple[object, ...]:
        source, player = self.source, self.player
        newest = len(source.trace) if player.following else None
        printed = tuple(len(lines) and lines[-1] for lane in source.trace.lanes if (lines := source.output(lane)))
        moving = (player.n, newest, player.playing, player.speed, self.filters.shown, source.status)
        view = self.view_state
        return (*moving, self.notice, printed, view.stalled, self.prompt, view.predict.asked)

    @property
    def _searching(self) -> bool:
        return self.player.asked in ("seek", "journey")

    # --- going on by itself ------------------------------------------------------------------------------------------

    def play(self) -> None:
        """Play, or hold whatever goes on."""
        if isinstance(self.spec, TraceSpec) and self.player.following and not self.player.playing:
            self.run()
        elif self.player.playing or self.player.running or self._searching:
            self.player.stop()
        else:
            self.player.play(time.monotonic())

    def speed(self, by: int) -> None:
        """Play slower or faster."""
        self.player.change_speed(by)
        self.notice = say("play: {speed}", speed=self._speed_words())

    def _speed_words(self) -> str:
        speed = self.player.speed
        if not self.player.by_steps:
            return say("{speed}× the recorded pace", speed=f"{speed:g}")
        return say("1 step a second") if speed == 1 else say("{speed} steps a second", speed=f"{speed:g}")

    def pace(self) -> None:
        """Play a recording at its own pace, or by steps."""
        if not self.can("pace"):
            return
        self.player.by_steps = not self.player.by_steps
        self.player.play(time.monotonic()) if self.player.playing else None
        self.notice = say("play: {speed}", speed=self._speed_words())

    def run(self) -> None:
        """Let the programs run freely, or hold them."""
        if not self.can("run"):
            return
        if isinstance(self.spec, TraceSpec) and traced.over(self.player):
            self.notice = traced.newest(self.spec, self.player)
        elif self.player.running and not self.player.steps:
            self.player.hold()
        elif self.player.running:
            self.player.stop()
        else:
            self.player.run()

    # --- predicting --------------------------------------------------------------------------------------------------

    def predict(self) -> None:
        """Predict what waits will report, or no longer."""
        if self.can("predict"):
            self._predictor.switch()

    @property
    def followed(self) -> str | None:
        """The client that is followed where the cursor stands."""
        return self.chosen().client

    @property
    def focused(self) -> str:
        """The lane with the heavy border."""
        return self.view_state.focus

    def move(self, id: str) -> None:
        """A move of the table, without a question."""
        if id == "lane-step":
            self.lane_step()
        else:
            self.step()

    # --- looking -----------------------------------------------------------------------------------------------------

    def focus(self, number: int) -> None:
        """Focus a lane by its number."""
        lanes = self.source.trace.lanes
        if number <= len(lanes):
            self.view_state.focus = lanes[number - 1]

    def focus_next(self, by: int) -> None:
        """Focus the lane that many places on."""
        self.view_state.focus_next(self.source.trace.lanes, by)

    def follow(self, by: int) -> None:
        """Follow another client."""
        trace, chosen = self.source.trace, self.chosen()
        client = self.view_state.follow(followable(trace, trace.state(chosen.n), chosen), chosen.client, by)
        self.notice = (
            say("following {client}", client=display_name(client))
            if client
            else say("there is no client or other fd to follow yet")
        )

    def side(self) -> None:
        """The IN wire or the OUT wire."""
        self.view_state.side = "OUT" if self.chosen().side == "IN" else "IN"

    def about(self) -> None:
        """The facts about the focused lane's mechanism."""
        self.view_state.show("about", pages=self._pages())

    def help(self) -> None:
        """The keys and the wire, then the words."""
        self.view_state.show("help", "glossary", pages=self._pages())

    def _pages(self) -> int:
        """How many pages the open overlay has on this screen."""
        found = scene(self.source.trace, self.player.n, self.size, self.view())
        return page_count(found.view.overlay, self.size, found)

    def cost(self) -> None:
        """The curve of what waits cost, or the wire."""
        self.view_state.cost = not self.chosen().shows_cost

    def axis(self) -> None:
        """The timeline by steps or by time."""
        self.view_state.axis = "time" if self.view_state.axis == "steps" else "steps"
        self.notice = (
            say("the timeline is by time") if self.view_state.axis == "time" else say("the timeline is by steps")
        )

    def panel(self) -> None:
        """The whole recording in a panel, or in one row."""
        self.view_state.panel = not self.view_state.panel
        plan = layout(scene(self.source.trace, self.player.n, self.size, self.view()))
        if self.view_state.panel and plan.timeline <= 1:
            self.notice = say("the panel is on, and needs a taller window")

    def filter(self) -> None:
        """Ask for a condition, and show only what it matches."""
        self.filters.ask()

    def payload(self) -> None:
        """Payload bytes, where they were recorded."""
        self.view_state.payload = not self.view_state.payload
        source = self.source.trace.header.source
        if self.view_state.payload and source.is_trace:
            self.notice = say("strace is not asked for payload, so a trace has none")
        elif self.view_state.payload and not source.payload:
            self.notice = say("payload was not asked for: start with --payload to have it recorded")

    # --- acting on the session ---------------------------------------------------------------------------------------

    def fix(self) -> None:
        """The same scenario with its next fix, or with none again, brought to the same client action."""
        self._with_lab(self._fix)

    def _fix(self, spec: LabSpec) -> None:
        after = spec.next_fix
        if after is None and spec.fix is None:
            self.notice = say("there is nothing to mend here: the programs are right")
            return
        trace, n = self.source.trace, self.player.n
        done = trace.actions_done(n) - trace.state(n).driven  # what was driven by hand is not repeated
        words = ""
        if after is not None:
            words = say("{fix} on: {words}", fix=after.name, words=of_fix(after.words))
        elif spec.fix is not None:
            words = say("{fix} off", fix=spec.fix.name)
        self.host.start_lab(spec.fixed(), actions=done, notice=words)

    def lanes(self) -> None:
        """Ask which lanes run, and start anew with them."""
        self._with_lab(self._lanes)

    def _lanes(self, spec: LabSpec) -> None:
        def start(lanes: tuple[str, ...]) -> None:
            self.host.start_lab(spec.again(lanes=lanes), notice=say("lanes {lanes}", lanes=", ".join(lanes)))

        self.prompt = LanesPrompt(lanes_of(spec.scenario), spec.lanes, start)

    def restart(self) -> None:
        """The same from its beginning."""
        asked = traced.question(self.spec, self.player, anew=True)
        if isinstance(self.spec, TraceSpec) and not self.spec.launched:
            self.notice = say("muxviz did not start this program, and does not start it anew")
        elif asked is not None:
            self.prompt = YesPrompt(asked, self._restart)
        else:
            self._restart()

    def _restart(self) -> None:
        self.host.start_lab(self.spec.again(), notice=say("restart"))

    def leave(self, status: int = 0) -> None:
        """Quit; a program that muxviz has started under strace is ended only after a question. A second wish to quit is
        its answer, where it is Ctrl-C."""
        asked = traced.question(self.spec, self.player)
        if asked is None or (status and self.prompt is not None and self.prompt is self._leaving):
            self.host.leave(status)
        else:
            self.prompt = self._leaving = YesPrompt(asked, lambda: self.host.leave(status))

    def suspend(self) -> None:
        """To the shell; not where a program would stand still meanwhile."""
        if isinstance(self.spec, TraceSpec) and not traced.over(self.player):
            self.notice = say("a traced program would stand still while muxviz does: q leaves it")
        else:
            self.host.suspend_to_shell()

    def the_end(self) -> str:
        """Where nothing newer is."""
        return traced.newest(self.spec, self.player) if isinstance(self.spec, TraceSpec) else super().the_end()

    def menu(self) -> None:
        """The list of scenarios."""
        if self.can("menu"):
            self.host.show_menu()

    def drive(self) -> None:
        """Ask which client does what, and make it do that now, in every lane."""
        if not self.can("drive"):
            return
        if self.source.status.phase == "failed":
            self.notice = say("the lab has stopped; R starts anew")
        elif not self.source.status.reachable and not self.source.pending:
            self.notice = unreachable(self.source.status)
        else:
            trace = self.source.trace
            client = self.chosen(len(trace) - 1).client
            scenario = self.spec.scenario if isinstance(self.spec, LabSpec) else None
            self.prompt = DrivePrompt(self._hand, trace, scenario, client, self._drive, self._refuse)

    def _drive(self, beat: Beat) -> None:
        self.player.drive(beat, time.monotonic())
        client = beat.acts[0].client
        if self.view_state.client is not None and client != self.view_state.client:
            self.view_state.client = client

    def _refuse(self, words: str) -> None:
        self.notice = words

    def mark(self) -> None:
        """Ask for a marker's text, and set it at the step that the cursor stands at."""
        n, trace = max(self.player.n, 0), self.source.trace
        if not len(trace):
            self.notice = say("nothing has happened yet that could be marked")
            return
        here = dict(trace.marks()).get(n, "")

        def done(words: str) -> None:
            trouble = self.source.mark(n, words.strip()[:200])
            told = say("marked: ◆ {mark}", mark=text(words, 60)) if words.strip() else say("no marker here")
            self.notice = trouble or told

        self.prompt = LinePrompt(say("mark"), done, text=here, help=say("a text; [ and ] go from marker to marker"))

    def _with_lab(self, do: Callable[[LabSpec], None]) -> None:
        if self.can("mend") and isinstance(self.spec, LabSpec):
            do(self.spec)

    def record(self) -> None:
        """Record the whole session into a new file of the working directory."""
        if not self.can("record"):
            return
        recording = self.source.status.recording
        if recording is not None:
            self.notice = say("recording into {file} already, until this session ends", file=recording)
            return
        stem = Path(self.spec.name.split()[0]).stem if self.spec.name.split() else "session"
        path = Path(f"muxviz-{stem}-{datetime.now():%H%M%S}.muxviz")
        self.source.record(path)
        self.player.asked = "record"
