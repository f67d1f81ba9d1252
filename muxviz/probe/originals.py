"""select.poll as the interpreter made it: a library that patches the select module may have taken it away."""

from __future__ import annotations

import importlib.util
import select
from types import BuiltinFunctionType
from typing import Any, Final


def in_place(name: str) -> Any:
    """What the select module itself has of that name; None where another library has replaced it, or taken it away."""
    found = getattr(select, name, None)
    return found if isinstance(found, BuiltinFunctionType | type) and found.__module__ == "select" else None


def _poll() -> Any:
    found, spec = in_place("poll"), importlib.util.find_spec("select")
    if found is None and spec is not None and spec.loader is not None:
        anew = importlib.util.module_from_spec(spec)  # a module object of its own (PEP 489)
        spec.loader.exec_module(anew)
        found = vars(anew)["poll"]
    return found


poll: Final = _poll()
