"""The catalogue of scenarios, by name and in the order in which the menu shows them."""

from __future__ import annotations

from typing import Final

from muxviz.scenarios import crowd, echo, files_and_pipes, half_close, herd, partial_read, reset, udp
from muxviz.scenarios.form import Act, Beat, Fix, Scenario, Specimen, lanes_of, next_fix

CATALOGUE: Final[dict[str, Scenario]] = {
    module.SCENARIO.name: module.SCENARIO
    for module in (partial_read, echo, half_close, reset, crowd, udp, files_and_pipes, herd)
}
"""Every scenario by its name."""

FIRST: Final = partial_read.SCENARIO.name
"""What a person who names none is shown first."""

__all__ = ["CATALOGUE", "FIRST", "Act", "Beat", "Fix", "Scenario", "Specimen", "lanes_of", "next_fix"]
