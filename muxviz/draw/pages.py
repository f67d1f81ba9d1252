"""Pages of text over the picture: the glossary, the facts about a mechanism. What doesn't fit goes to a next page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rich.cells import cell_len

from muxviz.calls import WAITS
from muxviz.draw.grid import Grid, box
from muxviz.draw.scene import Scene, is_edge
from muxviz.draw.view import Overlay
from muxviz.draw.wrapping import wrap
from muxviz.language import _, say
from muxviz.words.glossary import GLOSSARY
from muxviz.words.mechanisms import FACTS, Facts

_Piece = tuple[int, str, str]
"""Column, text, style."""
_Line = tuple[_Piece, ...]
_Block = list[_Line]
"""Lines that stay on one page."""


def page_count(overlay: Overlay | None, size: tuple[int, int], found: Scene | None = None) -> int:
    """How many pages an overlay has on a screen of that size. The glossary needs no scene."""
    content = _CONTENT.get(overlay or "")
    return len(_paged(content(found, _inside(size[0])), size[1] - 4)) if content is not None else 1


def draw_page(grid: Grid, overlay: Overlay, page: int, found: Scene | None = None) -> None:
    """A page of an overlay, or the last one that there is."""
    width = _inside(grid.width)
    pages = _paged(_CONTENT[overlay](found, width), grid.height - 4)
    at = max(0, min(page, len(pages) - 1))
    height = max(len(one) for one in pages) + 2
    key = _KEYS[overlay]
    more = say("{key} next page", key=key) if at + 1 < len(pages) else say("{key} closes", key=key)
    count = f"{at + 1}/{len(pages)}  {more}" if len(pages) > 1 else more
    x, y = box(grid, say(_TITLES[overlay]), count, width + 4, height)
    for row, line in enumerate(pages[at]):
        for column, text, style in line:
            grid.put(x + column, y + row, text, style, end=x + width)


def _inside(width: int) -> int:
    return min(width - 6, 102)


def _paged(blocks: list[_Block], room: int) -> list[list[_Line]]:
    """The blocks one under the other, on as many pages as it takes; a blank block does not begin a page."""
    pages: list[list[_Line]] = [[]]
    for block in blocks:
        if len(pages[-1]) + len(block) > room and pages[-1]:
            pages.append([])
        if pages[-1] or any(block):
            pages[-1].extend(block)
    return pages


def _entry(head: str, told: str, lead: int, width: int, styles: tuple[str, str]) -> _Block:
    """A word and what is said of it, beside it."""
    lines = wrap(told, width - lead)
    return [
        ((0, head if not row else "", styles[0]), (lead, line, styles[1])) for row, line in enumerate(lines)
    ]  # fmt: skip


def _glossary(found: Scene | None, width: int) -> list[_Block]:
    lead = max(cell_len(say(term)) for term, _meaning in GLOSSARY) + 2
    return [_entry(say(term), say(meaning), lead, width, ("text.bold", "dim")) for term, meaning in GLOSSARY]


def _about(found: Scene | None, width: int) -> list[_Block]:
    facts = FACTS.get(mechanism_of(found, found.focus) or "") if found is not None else None
    if facts is None:
        return [[((0, say("This lane has called no select, poll or epoll_wait yet."), "text"),)]]
    return _facts(facts, width)


def _facts(facts: Facts, width: int) -> list[_Block]:
    lead = max(cell_len(say(head)) for head in _HEADS) + 2
    head_styles = ("violet.bold", "text")
    blocks: list[_Block] = [[((0, say(facts.title), "text.bold"),)]]
    for head, told in zip(_HEADS, ((facts.history,), (facts.copied,), (facts.cost,), facts.limits), strict=True):
        for place, one in enumerate(told):
            blocks.append(_entry(say(head) if not place else "", say(one), lead, width, head_styles))
    blocks.append([()])
    blocks.append([((0, say("often said, and wrong"), "violet.bold"),)])
    for myth in facts.myths:
        said = [((0, line, "orange"),) for line in wrap(say(myth.said), width)]
        seen = [((2, line, "text"),) for line in wrap(say(myth.seen), width - 2)]
        blocks.append([*said, *seen])
    return blocks


def mechanism_of(scene: Scene, lane: str) -> str | None:
    """What a lane waits with: as the header says it, or by the newest wait of a program that decides itself."""
    mechanism = scene.info(lane).mechanism
    if mechanism is not None:
        return mechanism
    newest = scene.newest(lane)
    if newest is None or newest.call not in WAITS:
        n = scene.trace.wakeup_before(scene.n + 1, lane)
        newest = scene.trace[n] if n is not None else None
    if newest is None:
        return None
    if newest.call == "epoll_wait":
        return "edge" if is_edge(scene, lane) else "level"
    return newest.call


_HEADS: Final = (_("history"), _("copied"), _("cost"), _("limits"))
_TITLES: Final = {"glossary": _("the words"), "about": _("about this mechanism")}
_KEYS: Final = {"glossary": "?", "about": "a"}
_CONTENT: Final[dict[str, Callable[[Scene | None, int], list[_Block]]]] = {"glossary": _glossary, "about": _about}
