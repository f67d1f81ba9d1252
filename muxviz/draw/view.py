"""What a picture is told beside the trace and the cursor: who looks, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from muxviz.language import say
from muxviz.trace.ask import Filter

Side = Literal["IN", "OUT"]
Axis = Literal["steps", "time"]
Overlay = Literal["help", "glossary", "event", "about", "findings"]
ThemeName = Literal["dark", "light"]


@dataclass(frozen=True, slots=True)
class View:
    """How a person looks at the trace. Nothing in it changes what happened."""

    focus: str = ""
    """The lane with the heavy border."""
    client: str | None = None
    """The followed client; None: the one that acts, else the first."""
    playing: float | None = None
    """Steps a second while it plays by itself."""
    live: bool = False
    """Programs run behind it, so that they can be held and let go on."""
    running: bool = False
    """The programs run freely."""
    goes_on: bool = False
    """The program runs while one looks back: it is only traced, and nobody has paused it."""
    recording: bool = False
    replay: str | None = None
    """In a replay, the words for the header in place of the scenario's."""
    pace: str | None = None
    """How it plays, in the header's words (`1×`), where it is not by steps a second."""
    panel: bool = False
    """The whole recording in a panel under the wire, in place of the timeline's one row."""
    busy: bool = False
    """The servers are held before their wait while the clients act."""
    side: Side | None = None
    """Which level the wire shows: readable, or writable; None: the one that the session is about."""
    axis: Axis = "steps"
    cost: bool | None = None
    """The curve of what waits cost, in place of the wire; None: where the session is about that, and has measured."""
    filter: Filter | None = None
    """Only what it matches is shown: in the lists of calls, in the wire's columns."""
    unread_lines: int = 0
    """Lines of strace's that could not be read."""
    printed: bool = False
    """What the programs print, in place of the wire."""
    reading: frozenset[str] = frozenset()
    """Lanes that sleep in a read of their standard input."""
    payload: bool = False
    overlay: Overlay | None = None
    chosen: int | None = None
    """In the list of findings, the one whose evidence is shown; None: the one at the cursor."""
    page: int = 0
    """Of an overlay that has several; the last one where it has fewer."""
    notice: str | tuple[str, ...] | None = None
    """One line of news, in place of the keys until the next key; or variants of it, the fullest first."""
    predicting: Predicting | None = None
    theme: ThemeName = "dark"
    output: Mapping[str, list[str]] = field(default_factory=dict)
    """By lane, the last lines that its program printed; foreign text."""
    elsewhere: frozenset[str] = frozenset()
    """Lanes that compute, or sleep in a call that muxviz does not see."""
    stalled: frozenset[str] = frozenset()
    """Lanes that a full ring slows down."""
    beats_total: int | None = None
    """How many client actions the scenario has, where the header does not list them."""
    title: str = ""
    name: str = ""

    @property
    def veiled(self) -> bool:
        """What is newer than the cursor must not be seen."""
        return self.predicting is not None


@dataclass(frozen=True, slots=True)
class Predicting:
    """How predicting stands; its words are safe to show."""

    right: int = 0
    asked: int = 0
    choices: Mapping[str, str] = field(default_factory=dict)
    """By lane, what is predicted in the open question."""
    verdicts: Mapping[str, bool] = field(default_factory=dict)
    """By lane, whether the last prediction was right."""
    said: tuple[str, list[str]] | None = None
    """A lane and the sentences on its verdict."""

    @property
    def score(self) -> str:
        """The header's words."""
        return say("predicted {right}/{asked}", right=self.right, asked=self.asked) if self.asked else say("predict")

    def mark(self, lane: str, word: str) -> tuple[str, str] | None:
        """A lane's state with what was predicted of it, and the style; None where nothing is."""
        if lane in self.choices:
            return say("you: {choice}", choice=self.choices[lane]), "text.bold"
        if lane in self.verdicts:
            right = self.verdicts[lane]
            return f"{'✓' if right else '✗'} {word}", "text.bold" if right else "orange.bold"
        return None

    @property
    def question(self) -> list[str]:
        """What is asked, the most important first."""
        return [
            say("What will each of these waits report?"),
            say("A number key changes a lane's answer, enter commits, escape skips."),
        ]
