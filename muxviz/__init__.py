"""muxviz: a debugger for readiness.

As a library: `with muxviz.record("x.muxviz"): …` records what one's own code does; see `muxviz.sources.library`.
Nothing of it is loaded before it is asked for.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it: typing itself would take a third of the time until Ctrl-C is ours
if TYPE_CHECKING:
    from typing import Any

    from muxviz.recording import RecordingError
    from muxviz.sources.library import Recorded, record

__version__ = "0.1.0"
__all__ = ["Recorded", "RecordingError", "__version__", "record"]


def __getattr__(name: str) -> Any:
    if name in ("Recorded", "record"):
        from muxviz.sources import library

        return getattr(library, name)
    if name == "RecordingError":
        from muxviz.recording import RecordingError

        return RecordingError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
