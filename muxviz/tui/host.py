"""What a mode may ask of the application, and the application of a mode."""

from __future__ import annotations

from typing import Any, Protocol

from muxviz.draw import Grid
from muxviz.draw.view import ThemeName
from muxviz.tui.actions import Action
from muxviz.tui.prompts import Prompt
from muxviz.tui.source import SessionSpec


class Host(Protocol):
    """The application, as its modes see it."""

    picture_theme: ThemeName

    def leave(self, status: int = 0) -> None:
        """End the application."""

    def show_menu(self) -> None:
        """The list of scenarios."""

    def show_lab(self) -> bool:
        """Back to the lab that was left for the menu; False where there is none."""

    def start_lab(self, spec: SessionSpec, *, actions: int = 0, notice: str | None = None) -> bool:
        """Another session in place of this one, brought to where the servers settled after so many client actions;
        the notice says why. False where it can't be made; the mode was told why."""

    def switch_theme(self) -> None:
        """Dark to light and back."""

    def open_palette(self) -> None:
        """Every command by name."""

    def suspend_to_shell(self) -> None:
        """Ctrl-Z."""


class Mode(Protocol):
    """One of the screen's modes: the lab, the menu."""

    prompt: Prompt | None
    """The question under way."""

    @property
    def actions(self) -> tuple[Action[Any], ...]:
        """Everything that can be done here."""

    def press(self, key: str) -> None:
        """A key was pressed."""

    def click(self, x: int, y: int, size: tuple[int, int]) -> None:
        """A cell was clicked."""

    def pulse(self, now: float) -> bool:
        """Look what has changed; True where the picture has."""

    @property
    def hurried(self) -> bool:
        """It needs a fast clock now."""

    def grid(self, size: tuple[int, int]) -> Grid:
        """The picture."""

    def do(self, action: Action[Any]) -> None:
        """An action was chosen by name."""

    def leave(self, status: int = 0) -> None:
        """A person wants to quit."""
