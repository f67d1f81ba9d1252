"""What predicting puts into the picture: the question in place of the sentence, a mark in each lane, the score.

While a question is open, nothing that is newer than the cursor is drawn, nor any sentence that would give the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from muxviz.language import say


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
