"""The picture: pure functions from a trace and a cursor to cells, which a terminal, a test and an export all show."""

from muxviz.draw.grid import Grid
from muxviz.draw.menu import menu
from muxviz.draw.palette import styles
from muxviz.draw.picture import draw, too_small
from muxviz.draw.story import story
from muxviz.draw.view import View

__all__ = ["Grid", "View", "draw", "menu", "story", "styles", "too_small"]
