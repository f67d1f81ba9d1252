"""What a drop-in says of itself: the original's name, documentation and signature."""

from __future__ import annotations

from types import FunctionType
from typing import Any, Final

ABSENT: Final = object()
"""An argument that was not given."""

_SAME: Final = ("__name__", "__qualname__", "__doc__", "__text_signature__")


def dress(function: Any, real: Any, module: str, signature: Any = None) -> Any:
    """Make a drop-in's function look like the original. inspect.signature goes on to what it wraps, and takes the first
    parameter of a bound method off: for one whose original is no method, `signature` is a function with one more."""
    for name in _SAME:
        if hasattr(real, name):
            setattr(function, name, getattr(real, name))
    function.__module__ = module
    function.__wrapped__ = real
    if signature is not None:
        signature.__annotations__ = {}
        function.__wrapped__ = signature
    return function


def _class_and_fd(cls: Any, fd: Any, /) -> None: ...


def dress_class(cls: Any, real: Any) -> None:
    """The same for a class and for each of its methods that the original has."""
    cls.__module__, cls.__name__, cls.__qualname__ = real.__module__, real.__name__, real.__qualname__
    cls.__doc__ = real.__doc__
    for name, member in vars(cls).items():
        original = vars(real).get(name)
        if type(member) is classmethod:
            dress(member.__func__, getattr(real, name), real.__module__, _class_and_fd)
        elif type(member) is FunctionType and hasattr(original, "__text_signature__"):
            dress(member, original, real.__module__)


def complain(call: Any, given: tuple[Any, ...], rest: tuple[Any, ...], unknown: dict[str, Any]) -> Any:
    """Make a call with arguments that the original does not take, for its own words about them."""
    known = given[: given.index(ABSENT)] if ABSENT in given else given
    return call(*known, *rest) if rest else call(*known[:1], **unknown)
