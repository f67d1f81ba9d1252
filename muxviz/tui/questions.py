"""Questions that a person asks of the trace, and where the search for an answer stands.

A search goes on in slices, one a frame, so that the screen lives; any key ends it. What was asked last can be asked
again in both directions.
"""

from __future__ import annotations

from typing import Final

from muxviz.events import Event
from muxviz.language import say
from muxviz.trace import Trace
from muxviz.trace.ask import Condition, ConditionError, Search, parse

_SLICE_SECONDS: Final = 0.03


class Questions:
    """The newest question, and its search."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self.asked: Condition | None = None
        self.under_way: Search | None = None
        self._forward = True
        self._found: int | None = None
        """The event of the newest answer; from there it goes on while the cursor stands at it."""

    def type(self, text: str, n: int, *, forward: bool) -> str | None:
        """Ask what was typed; returns what is wrong with it, where something is."""
        if not text.strip():
            self.again(n, forward=forward)
            return None
        try:
            self.ask(parse(text), n, forward=forward)
        except ConditionError as error:
            return str(error)
        return None

    def ask(self, condition: Condition, n: int, *, forward: bool) -> None:
        """Search from the cursor."""
        if self.asked is None or condition.text != self.asked.text:
            self._found = None
        self.asked = condition
        self.again(n, forward=forward)

    def again(self, n: int, *, forward: bool) -> bool:
        """The same question from the cursor on; False where none was asked."""
        if self.asked is None:
            return False
        here = self._found is not None and self._trace.tick_of(self._found) == self._trace.tick_of(n)
        if here and self._found is not None:
            start = self._found
        else:
            start = n if forward else self._trace.tick_start(self._trace.tick_of(n)) if n >= 0 else 0
        self._forward = forward
        self.under_way = Search(self._trace, self.asked, start, forward=forward)
        return True

    def stop(self) -> None:
        """End the search."""
        self.under_way = None

    def pulse(self) -> tuple[Event | None, str] | None:
        """Search a little. At the end: the event found, or None, and what to say; None while it goes on."""
        search = self.under_way
        if search is None or self.asked is None or not search.advance(_SLICE_SECONDS):
            return None
        self.under_way = None
        if search.found is None:
            asked = self.asked.text
            nowhere = (
                say("{asked}: nowhere after this moment", asked=asked)
                if self._forward
                else say("{asked}: nowhere before this moment", asked=asked)
            )
            return None, nowhere
        self._found = search.found
        event = self._trace[search.found]
        return event, say("{asked}: event {n}.  . and , go on", asked=self.asked.text, n=event.n)
