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
def styles(theme: str, colours: str = "true") -> dict[str, Style]:
    """Every style name of the picture -> the rich style that it means in a theme (`dark` for one that is not known).

    `colours` is what the terminal can show: `true`, `256` or `16`. The last two have palettes by hand: the nearest
    colours of the first would make background and cursor one.
    """
    known = theme if theme in _FORE else "dark"
    fore, back = _PALETTES.get(colours, {}).get(known, (_FORE[known], _BACK[known]))
    return {
        joined(name + weight, ground): Style(color=colour, bgcolor=behind, bold=bool(weight))
        for name, colour in fore.items()
        for ground, behind in back.items()
        for weight in ("", ".bold")
    }


_NAMES: Final = tuple(_FORE["dark"])
_GROUNDS: Final = tuple(_BACK["dark"])


def _palette(fore: str, back: str) -> tuple[dict[str, str], dict[str, str]]:
    return dict(zip(_NAMES, fore.split(), strict=True)), dict(zip(_GROUNDS, back.split(), strict=True))


def _numbered(fore: str, back: str) -> tuple[dict[str, str], dict[str, str]]:
    return _palette(*(" ".join(f"color({number})" for number in side.split()) for side in (fore, back)))


_PALETTES: Final = {
    "256": {
        "dark": _numbered("253 247 244 239 240 110 117 227 209 141", "233 235 238 17 58 52"),
        "light": _numbered("234 240 242 249 248 241 25 58 88 126", "231 254 252 189 230 224"),
    },
    "16": {
        "dark": _palette(
            "white white bright_black bright_black bright_black cyan "
            "bright_cyan bright_yellow bright_red bright_magenta",
            "default default blue default default default",
        ),
        "light": _palette(
            "black black bright_black bright_black bright_black black blue yellow red magenta",
            "default default cyan default default default",
        ),
    },
}
"""Foregrounds and backgrounds in the order of the tables above."""
