"""The catalogue of scenarios, by name and in the order in which the menu shows them."""

from __future__ import annotations

from typing import Final

from muxviz.scenarios import (
    accept_burst,
    always_writable,
    blocking,
    closed_fd,
    crowd,
    drain,
    echo,
    fd_limit,
    files_and_pipes,
    ghost,
    half_close,
    hang_up,
    herd,
    late_registration,
    models,
    oneshot,
    order,
    partial_read,
    rearm,
    refused,
    reset,
    slow_reader,
    starvation,
    timeout,
    udp,
    urgent,
)
from muxviz.scenarios.model import Act, Beat, Fix, Scenario, Specimen, lanes_of, next_fix

_MODULES: Final = (
    partial_read,
    echo,
    late_registration,
    order,
    timeout,
    drain,
    rearm,
    accept_burst,
    oneshot,
    starvation,
    half_close,
    hang_up,
    reset,
    urgent,
    refused,
    closed_fd,
    ghost,
    slow_reader,
    always_writable,
    fd_limit,
    crowd,
    blocking,
    models,
    udp,
    files_and_pipes,
    herd,
)
CATALOGUE: Final[dict[str, Scenario]] = {module.SCENARIO.name: module.SCENARIO for module in _MODULES}
"""Every scenario by its name."""

FIRST: Final = partial_read.SCENARIO.name
"""What a person who names none is shown first."""

__all__ = ["CATALOGUE", "FIRST", "Act", "Beat", "Fix", "Scenario", "Specimen", "lanes_of", "next_fix"]
