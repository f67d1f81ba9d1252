"""A scenario played to its end without a screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from muxviz.recording import Recorder
from muxviz.scenarios import Fix, Scenario
from muxviz.sources.foreground import ending
from muxviz.sources.lab.build import Lab, lab_programs, lab_source
from muxviz.trace import Trace

_STEP_LIMIT: Final = 100_000
"""A scenario of echo servers ends long before; a server that spins does not."""


def play(
    scenario: Scenario,
    lanes: Sequence[str] = (),
    *,
    fix: Fix | None = None,
    record: Path | None = None,
    payload: int = 0,
) -> tuple[Trace, str | None]:
    """Step the scenario to where nothing can move. Returns its trace, and what went wrong with the recording or the
    lanes, in one line. Raises RecordingError before anything is started where the file can't be made."""
    with ending():
        lab = Lab(lab_programs(scenario, lanes, fix=fix), lab_source(scenario, fix), scenario, payload=payload)
        recorder, trouble = None, None
        try:
            if record is not None:
                recorder = Recorder(record, lab.trace)
                lab.watch(recorder.write)
            lab.start()
            for _ in range(_STEP_LIMIT):
                if not lab.conductor.step() or lab.conductor.done:
                    break
            else:
                trouble = f"stopped after {_STEP_LIMIT} steps: a lane does not come to rest"
            lab.conductor.end()
        finally:
            lab.close()
            if recorder is not None:
                if lab.cut is not None:
                    recorder.stop(lab.cut)
                recorder.close()
                trouble = recorder.failed or trouble
            trouble = trouble or lab.cut
    return lab.trace, trouble
