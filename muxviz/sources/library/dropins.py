"""The probe's drop-ins in a process that has long begun, and out of it again.

`muxviz run` puts them in before a program's first line. Here modules have been loaded that hold the originals by
`from select import epoll`, and selectors have been made (an event loop's): what can be found of both is exchanged for
the block's time. What can't be: an original in a closure, a default argument or an attribute of an instance, and an
epoll or poll object that stands alone; their calls are not seen. Afterwards the same is done the other way round.
"""

from __future__ import annotations

import gc
import selectors
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Final

from muxviz.probe import files, originals, parent_watch, sockets, tls, waits
from muxviz.probe.calls import Calls
from muxviz.probe.patches import Patches

_OURS: Final = "muxviz"
_ORIGINALS: Final = frozenset({"os", "posix", "select", "socket", "_socket", "selectors", "builtins"})
"""Modules in which the originals themselves are at home: the patches of the probe are the ones to make."""
_IN, _OUT = 1, 4
_namespace: Final[Callable[[ModuleType], dict[str, Any]]] = vars(ModuleType)["__dict__"].__get__
"""A module's names, also where its class has made a property of them that loads what is not there yet."""


class Dropins:
    """In place from its making on."""

    def __init__(self, calls: Calls) -> None:
        self._patches = Patches()
        self._swaps: list[tuple[Any, Any]] = []
        try:
            for module in (waits, sockets, tls, files, parent_watch):
                module.install(calls, self._patches)
            self._swaps = self._patches.swaps()
            _exchange(self._swaps)
            _adopt()
        except BaseException:
            self.take_out()
            raise

    def take_out(self) -> None:
        """Put back every original."""
        _exchange([(dropin, original) for original, dropin in self._swaps])
        self._patches.undo()
        _release()


def _exchange(swaps: list[tuple[Any, Any]]) -> None:
    """In every module, what is the first of a pair becomes the second."""
    becomes = {id(was): value for was, value in swaps}
    for module in _modules():
        names = _namespace(module)
        for name, value in list(names.items()):
            if id(value) in becomes:
                names[name] = becomes[id(value)]


def _modules() -> Iterator[ModuleType]:
    for name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType) and name not in _ORIGINALS and name.partition(".")[0] != _OURS:
            yield module


def _selectors() -> Iterator[Any]:
    """Every living selector that has a poll or epoll object of its own. Asked by type: what a class says of itself may
    be code of the program's."""
    names = ("EpollSelector", "PollSelector")  # another library may have taken them away
    kinds = tuple(getattr(selectors, name) for name in names if hasattr(selectors, name))
    return (found for found in gc.get_objects() if issubclass(type(found), kinds) and hasattr(found, "_selector"))


def _adopt() -> None:
    """Selectors that were made before: what they ask, a drop-in asks for them."""
    for selector in _selectors():
        real = selector._selector
        if type(real) is waits._real_epoll and not real.closed:
            made = object.__new__(waits.Epoll)
            made._keep(real)
            selector._selector = made
        elif type(real) is _POLL:
            poll = object.__new__(_Poll)
            asked = {
                fd: (_IN if key.events & selectors.EVENT_READ else 0)
                | (_OUT if key.events & selectors.EVENT_WRITE else 0)
                for fd, key in selector._fd_to_key.items()
            }
            poll._real, poll._call, poll._interest, poll._number = real, real.poll, asked, 0
            selector._selector = poll


_Poll: Any = waits.Poll
_POLL: Final = type(originals.poll())


def _release() -> None:
    """Selectors that outlive the block have an original again."""
    for selector in _selectors():
        if type(selector._selector) in (waits.Epoll, waits.Poll):
            selector._selector = selector._selector._real
