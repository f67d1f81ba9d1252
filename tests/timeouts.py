"""A test that runs past its time fails alone: a plugin of pytest, in the place of what pytest-timeout does by itself.

pytest-timeout raises once. asyncio hands what it raises to the loop's exception handler and goes on, a `with Popen`
waits again on its way out, and a teardown that hangs after a failure has no limit. Here

- each of a test's setup, call and teardown has the limit for itself: `timeout` in pyproject.toml, or the test's mark;
- past it the processes that the test has started are killed, and `PastItsTime` is raised in whatever the test does,
  again and again until the phase ends;
- a test that catches that time after time ends its worker, which pytest-xdist replaces.

One call of C that never comes back to the interpreter has no limit.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Generator
from types import FrameType
from typing import Any, Final

import pytest
import pytest_timeout
from _pytest.outcomes import OutcomeException

from tests.processes import descendants, kill

AGAIN_SECONDS: Final = 20.0
"""After which it is raised again: the time that a test has to clear up."""
RAISED: Final = 4
"""How often it is, at most."""


class PastItsTime(KeyboardInterrupt, OutcomeException):
    """A test has run past its time.

    asyncio lets a KeyboardInterrupt pass where it catches every other exception. pytest runs the other finalizers too
    after an outcome of its own. Hypothesis takes `pytest.fail.Exception` for an example that is to be made smaller,
    and this not.
    """


class _Now:
    """The test that runs."""

    seconds = 0.0
    """Its limit; 0 for none."""
    not_its: set[int]
    """Processes that it has not started, or that it shares with others."""
    stderr: int


def pytest_configure() -> None:
    _Now.stderr = os.dup(2)  # before it is captured


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol() -> Generator[None, Any, Any]:
    _Now.seconds = 0.0
    _Now.not_its = descendants(os.getpid())
    return (yield)


def pytest_timeout_set_timer(settings: pytest_timeout.Settings) -> bool:
    """In the place of pytest-timeout's timer."""
    _Now.seconds = settings.timeout
    return True


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
    result = yield
    if fixturedef.scope != "function":
        _Now.not_its |= descendants(os.getpid())
    return result


# The innermost around each phase: no other part of pytest is interrupted.
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup() -> Generator[None, Any, Any]:
    return (yield from _limited())


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call() -> Generator[None, Any, Any]:
    return (yield from _limited())


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown() -> Generator[None, Any, Any]:
    return (yield from _limited())


def _limited() -> Generator[None, Any, Any]:
    """One phase of a test, within its limit."""
    if not _Now.seconds:
        return (yield)
    handled = signal.signal(signal.SIGALRM, _raising())
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, _Now.seconds, min(_Now.seconds, AGAIN_SECONDS))
            return (yield)
        finally:  # an alarm that comes here is caught below
            signal.setitimer(signal.ITIMER_REAL, 0)
    except PastItsTime as past:
        failed = pytest.fail.Exception(f"not done within {_Now.seconds:g} s")
        raise failed.with_traceback(past.__traceback__) from None
    finally:
        signal.signal(signal.SIGALRM, handled)


def _raising() -> Callable[[int, FrameType | None], None]:
    """What SIGALRM does in one phase."""
    raised = 0

    def handler(number: int, frame: FrameType | None) -> None:
        __tracebackhide__ = True
        nonlocal raised
        if pytest_timeout.is_debugging():
            return
        kill(descendants(os.getpid()) - _Now.not_its)
        raised += 1
        if raised > RAISED:
            text = f"{os.environ.get('PYTEST_CURRENT_TEST')} runs past its time and goes on:\n"
            os.write(_Now.stderr, (text + "".join(traceback.format_stack(frame))).encode(errors="replace"))
            os._exit(1)
        raise PastItsTime

    return handler
