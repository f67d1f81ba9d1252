"""The catalogue of scenarios, by name and in the order in which the menu shows them."""

from __future__ import annotations

from typing import Final

from muxviz.scenarios import (
    accept_burst,
    always_writable,
    drain,
    echo,
    half_close,
    hang_up,
    late_registration,
    oneshot,
    partial_read,
    rearm,
    reset,
    slow_reader,
)
from muxviz.scenarios.form import Act, Beat, Fix, Scenario, Specimen, lanes_of, next_fix

_MODULES: Final = (
    partial_read,
    echo,
    late_registration,
    drain,
    rearm,
    accept_burst,
    oneshot,
    half_close,
    hang_up,
    reset,
    slow_reader,
    always_writable,
)
CATALOGUE: Final[dict[str, Scenario]] = {module.SCENARIO.name: module.SCENARIO for module in _MODULES}
"""Every scenario by its name."""

FIRST: Final = partial_read.SCENARIO.name
"""What a person who names none is shown first."""

__all__ = ["CATALOGUE", "FIRST", "Act", "Beat", "Fix", "Scenario", "Specimen", "lanes_of", "next_fix"]
