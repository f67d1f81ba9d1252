"""A pytest plugin that watches tests and fails those with findings.

    @pytest.mark.muxviz                              # this test
    @pytest.mark.muxviz(fail_on="possible", record="server.muxviz")
    pytest --muxviz                                  # every test; --muxviz=certain, likely (as without) or possible

A test is recorded from before its fixtures are set up until its body has ended, so that a fixture's server is watched
and still sleeps where it slept. A test that passes leaves no recording behind, but for one that was asked for by name;
of any other the recording is kept, and named in the report. Nothing that watches is loaded where nothing is watched.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from muxviz.portable import only_linux

if TYPE_CHECKING:
    from muxviz.check import Level
    from muxviz.sources.library import Recorded

_LEVELS: Final = ("certain", "likely", "possible")
_DEFAULT: Final = "likely"
_MARKER: Final = "muxviz"
_FIXTURE: Final = "muxviz_recording"
_LONGEST_NAME: Final = 150


class _Wanted(NamedTuple):
    """How a test is watched."""

    level: Level | None
    """It fails with a finding that is this sure, or surer; None where it asks for itself."""
    path: Path | None
    """Where its recording stays, also when it passes."""


_recorded: Final = pytest.StashKey["tuple[Recorded, _Wanted]"]()
_directory: Final = pytest.StashKey[Path]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("muxviz", "muxviz: what the kernel tells an event loop")
    group.addoption(
        "--muxviz", nargs="?", const=_DEFAULT, default=None, type=_level, metavar="LEVEL",
        help="watch every test, and fail those with findings: --muxviz=certain, =likely (default) or =possible",
    )  # fmt: skip
    group.addoption(
        "--muxviz-dir", default=None, metavar="DIR",
        help="keep the recordings of tests that fail in this directory; by default in pytest's own temporary one",
    )  # fmt: skip


def _level(value: str) -> str:
    if value not in _LEVELS:
        raise argparse.ArgumentTypeError(
            f"{value!r} is not one of {', '.join(_LEVELS)}; before a path, write --muxviz={_DEFAULT}"
        )
    return value


def pytest_configure(config: pytest.Config) -> None:
    """The marker; and what can't be done is said once, before any test."""
    if config.getoption("muxviz") is not None and (trouble := only_linux("--muxviz")) is not None:
        raise pytest.UsageError(trouble)
    named = config.getoption("muxviz_dir")
    if named is not None and (trouble := _unusable(Path(named).absolute())) is not None:
        raise pytest.UsageError(f"--muxviz-dir {named}: {trouble}")
    config.addinivalue_line(
        "markers",
        "muxviz(fail_on='likely', record=None): record what the test does, and fail it where muxviz finds something "
        "that is certain, likely or possible; the recording stays in the file `record`, if it is given.",
    )


def _unusable(directory: Path) -> str | None:
    """Why no recording can be written there, where that is so: it is made later, when the first one is."""
    try:
        there = next(one for one in (directory, *directory.parents) if one.exists() or one.is_symlink())
    except OSError as error:
        return error.strerror or str(error)
    if not there.is_dir():
        return f"{there} is no directory"
    return None if os.access(there, os.W_OK | os.X_OK) else f"can't write to {there}"


# --- around a test ---------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    """Record from before the first fixture. Inside of pytest's own wrappers, which expect to have been there: a wrong
    marker fails the test here."""
    wanted = _wanted(item)
    if wanted is not None:
        _start(item, wanted)
    return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Until the body has ended; then judge."""
    if _recorded not in item.stash:
        return (yield)
    try:
        result = yield
    except pytest.skip.Exception:
        _drop(item)
        raise
    except BaseException as error:
        _also_tell(item, error)
        raise
    told = _judge(item)
    if told is not None:
        pytest.fail(told, pytrace=False)
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test whose fixtures failed has no verdict."""
    if _recorded in item.stash:
        _drop(item)
    return (yield)


@pytest.fixture
def muxviz_recording(request: pytest.FixtureRequest) -> Recorded:
    """The recording of this test, under way. A test that asks for it is recorded; after `stop()` it can look at its
    `findings` and `events`."""
    recorded: Recorded = request.node.stash[_recorded][0]
    return recorded


# --- what is asked for -----------------------------------------------------------------------------------------------


def _wanted(item: pytest.Item) -> _Wanted | None:
    """How this test is watched; None where it isn't."""
    level, marker = item.config.getoption("muxviz"), item.get_closest_marker(_MARKER)
    asked_for = marker is not None or _FIXTURE in getattr(item, "fixturenames", ())
    if asked_for and (trouble := only_linux("the marker muxviz" if marker is not None else _FIXTURE)) is not None:
        pytest.skip(trouble)
    if marker is None:
        return _Wanted(level, None) if level is not None or asked_for else None
    unknown = set(marker.kwargs) - {"fail_on", "record"}
    if marker.args or unknown:
        pytest.fail(f"the marker muxviz takes fail_on and record by name, not {marker.args or unknown}", pytrace=False)
    level = marker.kwargs.get("fail_on", level or _DEFAULT)
    if level not in _LEVELS:
        pytest.fail(f"the marker's fail_on is one of {', '.join(_LEVELS)}, not {level!r}", pytrace=False)
    record = marker.kwargs.get("record")
    return _Wanted(level, Path(record).absolute() if record is not None else None)


def _start(item: pytest.Item, wanted: _Wanted) -> None:
    from muxviz.recording import RecordingError
    from muxviz.sources.library import record

    try:
        path = wanted.path or _where(item.config) / _file_name(item.nodeid)
        path.unlink(missing_ok=True)  # of the last time
        recorded = record(path, title=item.name)
        recorded.__enter__()
    except (RecordingError, OSError) as error:
        pytest.fail(f"muxviz: {error}", pytrace=False)
    item.stash[_recorded] = recorded, wanted


def _where(config: pytest.Config) -> Path:
    """The directory of recordings, made when it is first needed."""
    if _directory not in config.stash:
        named = config.getoption("muxviz_dir")
        if named is not None:
            found = Path(named).absolute()
            found.mkdir(parents=True, exist_ok=True)
        else:
            found = config._tmp_path_factory.mktemp("muxviz")  # type: ignore[attr-defined]
        config.stash[_directory] = found
    return config.stash[_directory]


def _file_name(nodeid: str) -> str:
    return re.sub(r"[^\w.-]+", "-", nodeid).strip("-")[-_LONGEST_NAME:] + ".muxviz"


# --- the verdict -----------------------------------------------------------------------------------------------------


def _judge(item: pytest.Item) -> str | None:
    """Why the test fails, where it does. What passes leaves nothing behind."""
    recorded, wanted = item.stash[_recorded]
    del item.stash[_recorded]
    recorded.stop()
    if wanted.level is not None and recorded.report.at_least(wanted.level):
        return _told(recorded)
    if wanted.path is None:
        recorded.path.unlink(missing_ok=True)
    return None


def _also_tell(item: pytest.Item, error: BaseException) -> None:
    """The body failed by itself: what was found stands beside that, and the recording stays."""
    from muxviz.probe.tracebacks import without_us

    recorded, _ = item.stash[_recorded]
    del item.stash[_recorded]
    without_us(error)
    try:
        recorded.stop()
        item.add_report_section("call", "muxviz", _told(recorded))
    except Exception as trouble:
        error.add_note(f"muxviz: {trouble}")


def _drop(item: pytest.Item) -> None:
    recorded, wanted = item.stash[_recorded]
    del item.stash[_recorded]
    recorded.stop()
    if wanted.path is None:
        recorded.path.unlink(missing_ok=True)


def _told(recorded: Recorded) -> str:
    """What `muxviz check` prints, and where the recording is."""
    from muxviz.check import as_text
    from muxviz.printable import text

    return f"{as_text(recorded.report)}muxviz replay {text(shlex.quote(str(recorded.path)))}"
