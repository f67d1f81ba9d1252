"""The one widget: a picture of cells, shown as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from muxviz.draw import Grid
from muxviz.tui.actions import key_of


class Canvas(Widget, can_focus=True):
    """Shows a grid with the Line API: no layout, no markup, no style that is worked out twice."""

    DEFAULT_CSS = "Canvas { width: 100%; height: 100%; } Canvas:focus { background-tint: transparent; }"

    def __init__(
        self,
        picture: Callable[[tuple[int, int]], Grid],
        styles: Callable[[], Mapping[str, Style]],
        pressed: Callable[[str], None],
        clicked: Callable[[int, int], None],
    ) -> None:
        super().__init__()
        self._picture, self._styles = picture, styles
        self._pressed, self._clicked = pressed, clicked
        self._strips: list[Strip] = []
        self._stale = True

    def show(self) -> None:
        """Draw anew with the next frame."""
        self._stale = True
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A row of the picture, which is drawn once for all of its rows."""
        if self._stale or len(self._strips) != self.size.height:
            self._stale = False
            self._draw()
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)

    def _draw(self) -> None:
        width, height = self.size
        known = self._styles()
        grid = self._picture((width, height))
        self._strips = [
            Strip([Segment(text, known[style]) for text, style in runs], width) for runs in grid.rows()[:height]
        ]
        self._strips += [Strip.blank(width)] * (height - len(self._strips))

    def on_resize(self) -> None:
        """Another size is another picture."""
        self.show()

    def on_key(self, event: events.Key) -> None:
        """Every key goes to the mode that is shown."""
        event.stop()
        event.prevent_default()
        self._pressed(key_of(event.key, event.character))

    def on_click(self, event: events.Click) -> None:
        """A click on a cell."""
        event.stop()
        self._clicked(event.x, event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """With the button down it clicks on every cell that it comes to: a timeline is drawn along."""
        if event.button == 1:
            event.stop()
            self._clicked(event.x, event.y)
