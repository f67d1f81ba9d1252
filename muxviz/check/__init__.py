"""What `muxviz check` says of a recording: its findings as text, JSON or SARIF. Pure functions of a trace.

`report` gathers, the others write it down; nothing here knows of a terminal, and only a baseline is read from a file.
"""

from collections.abc import Callable
from typing import Final

from muxviz.check.as_json import as_json
from muxviz.check.as_sarif import as_sarif
from muxviz.check.as_text import as_text, count_line
from muxviz.check.known import BaselineError, Known, baseline_of
from muxviz.check.report import Found, Report, grouped, report
from muxviz.check.rule_pages import list_of_rules, page_of
from muxviz.findings import LEVELS, Level

FORMATS: Final[dict[str, Callable[[Report], str]]] = {"text": as_text, "json": as_json, "sarif": as_sarif}
"""By the name that `--format` takes."""

__all__ = [
    "FORMATS", "LEVELS", "BaselineError", "Found", "Known", "Level", "Report", "as_json", "as_sarif", "as_text",
    "baseline_of", "count_line", "grouped", "list_of_rules", "page_of", "report",
]  # fmt: skip
