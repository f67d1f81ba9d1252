"""Questions about a trace: a small language of conditions, and the search for the moment at which one is met."""

from typing import Final

from muxviz.trace.ask.condition import Condition, about_fd, changed, parse, same_call
from muxviz.trace.ask.filter import Filter
from muxviz.trace.ask.names import NAMES
from muxviz.trace.ask.parser import ConditionError
from muxviz.trace.ask.search import Search

GUIDE: Final = "\n".join(
    [
        "A condition compares and combines:  fd == 5 and unread > 0 and not reported",
        "",
        "  == != < <= > >=   HUP in reported   call in (read, recv)   and or not ( )",
        "  numbers 4, 16K; times 20ms, 1.5s; words recv, EAGAIN, edge; true, false",
        "",
        "With a name of the event in it, it is met at each event for which it holds;",
        "without, where it becomes true in a lane.",
        "",
        "of the event:",
        *(f"  {name:<9} {known.means}" for name, known in NAMES.items() if known.of in ("event", "where")),
        "of the lane and its fds, after it:",
        *(f"  {name:<9} {known.means}" for name, known in NAMES.items() if known.of in ("lane", "fd")),
    ]
)
"""The language on one page."""

__all__ = [
    "GUIDE",
    "NAMES",
    "Condition",
    "ConditionError",
    "Filter",
    "Search",
    "about_fd",
    "changed",
    "parse",
    "same_call",
]
