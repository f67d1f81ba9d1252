"""Colours: two themes, and the style names that the picture is written in.

Four meanings and no more: blue is data, yellow is what a wait reported, orange is trouble, violet is a client. A
style's name is `FOREGROUND on BACKGROUND`, the foreground with `.bold` where it is bold; `styles` gives what each of
them means. Contrasts are at least 4.5 on the background, decoration (`line`) aside.
"""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

from rich.style import Style

Theme = Literal["dark", "light"]

_FORE: Final[dict[str, dict[str, str]]] = {
    "dark": {
        "text": "#dbe1ea",
        "dim": "#94a0b0",
        "faint": "#75829a",
        "line": "#3d4859",
        "faded": "#4a5567",
        "focus": "#93a1b5",
        "blue": "#8ccfff",
        "yellow": "#ffe25c",
        "orange": "#ff8a5c",
        "violet": "#b98aff",
    },
    "light": {
        "text": "#1d2127",
        "dim": "#555b64",
        "faint": "#6c7077",
        "line": "#b4b0a5",
        "faded": "#a5a29a",
        "focus": "#5f6470",
        "blue": "#0a4fb5",
        "yellow": "#6f6000",
        "orange": "#8f1500",
        "violet": "#b0138a",
    },
}
_BACK: Final[dict[str, dict[str, str]]] = {
    "dark": {
        "base": "#0e1116",
        "raised": "#1a202a",
        "cursor": "#2c3746",
        "blue": "#122b40",
        "yellow": "#3d3510",
        "orange": "#461f10",
    },
    "light": {
        "base": "#fbfaf7",
        "raised": "#ebe8e1",
        "cursor": "#d5dce7",
        "blue": "#d9e9f7",
        "yellow": "#f7f0c6",
        "orange": "#fbdfd2",
    },
}


@cache
def joined(fore: str, back: str) -> str:
    """The style name of a foreground on a background."""
    return f"{fore} on {back}"


@cache
def styles(theme: str) -> dict[str, Style]:
    """Every style name of the picture -> the rich style that it means in a theme (`dark` for one that is not known)."""
    known = theme if theme in _FORE else "dark"
    return {
        joined(fore + weight, back): Style(color=colour, bgcolor=ground, bold=bool(weight))
        for fore, colour in _FORE[known].items()
        for back, ground in _BACK[known].items()
        for weight in ("", ".bold")
    }
