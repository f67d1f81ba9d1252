"""A person's own scenario: a Python file of the catalogue's form, run by its path."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Final

import msgspec

from muxviz.printable import text
from muxviz.scenarios.model import Scenario, Specimen

_WORDS: Final = ("name", "title", "group", "summary", "story", "question", "watch")


class ScenarioError(ValueError):
    """A file that holds no scenario; its text says why, in one line."""


def own(path: Path) -> Scenario:
    """The `SCENARIO` of a Python file, which is executed. Programs of its lanes that lie beside it are found there.
    Raises ScenarioError."""
    if not path.is_file():
        raise ScenarioError(f"no such scenario: {text(str(path), 200)}")
    spec = importlib.util.spec_from_file_location("muxviz_own_scenario", path)
    if spec is None or spec.loader is None:
        raise ScenarioError(f"no Python file: {text(str(path), 200)}")
    module = importlib.util.module_from_spec(spec)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # nothing is left beside the file
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ScenarioError(f"{text(str(path), 120)}: {type(error).__name__}: {text(str(error), 160)}") from None
    finally:
        sys.dont_write_bytecode = writes
    found = getattr(module, "SCENARIO", None)
    if not isinstance(found, Scenario):
        raise ScenarioError(f"{text(str(path), 160)} defines no SCENARIO of muxviz.scenarios.Scenario")
    for name in _WORDS:
        if not isinstance(getattr(found, name), str):
            raise ScenarioError(f"{text(str(path), 160)}: SCENARIO.{name} is no text")
    if not found.lanes:
        raise ScenarioError(f"{text(str(path), 160)}: SCENARIO has no lane")
    beside = path.resolve().parent
    return msgspec.structs.replace(found, lanes=tuple(_beside(specimen, beside) for specimen in found.lanes))


def _beside(specimen: Specimen, directory: Path) -> Specimen:
    program = directory / specimen.program
    return msgspec.structs.replace(specimen, program=str(program)) if program.is_file() else specimen
