"""Programs under the probe without a screen: with their own standard streams, arguments, signals and exit status; with
the clients of a scenario, or of every scenario that fits."""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from muxviz.events import Source
from muxviz.recording import Recorder
from muxviz.scenarios import Scenario
from muxviz.scenarios.for_any_server import for_any_server
from muxviz.scenarios.run_options import RunOptions
from muxviz.sources.foreground import Listening, ending, tell
from muxviz.sources.lab.build import Begun, Lab, begin
from muxviz.sources.lab.lane import Lane
from muxviz.sources.lab.outcome import Outcome, outcome
from muxviz.sources.lab.playing import GRACE_SECONDS, play_out
from muxviz.sources.lab.programs import program, programs, source, under
from muxviz.sources.ring.lane_reader import Mode

_POLL_MS: Final = 5


def run_headless(argv: Sequence[str], wishes: RunOptions) -> int:
    """Run the program to its end. Returns its exit status, 128 + N where signal N ended it, as a shell says it."""
    mode = Mode.FREE if wishes.record is None else Mode.RECORD
    lab = Lab([program(argv)], source([argv], watch=wishes.watch), mode=mode, **wishes.lab())
    with _recorded(lab, wishes.record) as recorder:
        return _run(lab, recorder)


def run_with_clients(
    commands: Sequence[Sequence[str]], scenario: Scenario, wishes: RunOptions
) -> tuple[int, str | None]:
    """Play a scenario's clients on the programs, and end them. Returns the exit status of the first program that ended
    by itself with one, else 0; and why the clients could not do everything, in one line."""
    made = for_any_server(scenario)
    lab = Lab(programs(commands), source(commands, scenario.name, wishes.watch), made, **wishes.lab())
    with ending(), _recorded(lab, wishes.record) as recorder:
        lab.start(inherit=True)
        trouble = play_out(lab)
        ended = [status_of(lane) for lane in lab.lanes if not lane.alive]
        lab.conductor.end(GRACE_SECONDS)
        for note in lab.conductor.notes:
            tell(note)
        if recorder is None and lab.cut is not None:
            tell(lab.cut)
    return next((status for status in ended if status), 0), trouble


def run_with_all(
    argv: Sequence[str], scenarios: Sequence[Scenario], wishes: RunOptions, told: Callable[[float], None]
) -> list[Outcome]:
    """Play one scenario after another, each on a fresh start of the program, into one trace: a lane for each. `told`
    hears which part is done. Ends with the first where no client reaches the program then, and before one for whose
    events there was no room."""
    made = [_in_its_lane(for_any_server(scenario)) for scenario in scenarios]
    lanes = [under(argv, scenario.name).info for scenario in made]
    every = msgspec.structs.replace(made[0], beats=tuple(beat for scenario in made for beat in scenario.beats))
    begun = begin(lanes, source([argv], "all", wishes.watch, one_by_one=True), every)
    found: list[Outcome] = []
    with ending(), contextlib.ExitStack() as made_so_far:
        made_so_far.callback(begun.trace.close)
        recorder = None
        if wishes.record is not None:
            recorder = Recorder(wishes.record, begun.trace, told=tell)
            made_so_far.callback(recorder.close)
        for number, scenario in enumerate(made):
            told(number / len(made))
            one = _play(argv, scenario, wishes, begun, recorder)
            if begun.trace.full is not None:  # what it has not seen it can't judge
                tell(f"{number} of {len(made)} scenarios were played: {begun.trace.full}")
                break
            found.append(one)
            if not found[0].acted:  # it would be the same with every other
                break
    return found


def _play(
    argv: Sequence[str], scenario: Scenario, wishes: RunOptions, begun: Begun, recorder: Recorder | None
) -> Outcome:
    lab = Lab([under(argv, scenario.name)], Source(), scenario, begun=begun, **wishes.lab())
    try:
        if recorder is not None:
            lab.watch(recorder.write)
        lab.start()
        trouble = play_out(lab)
        place = lab.conductor.status()[scenario.name].place
        lab.conductor.end(GRACE_SECONDS)
        return outcome(lab.trace, scenario, lab.conductor.pace.done, place, trouble)
    finally:
        lab.close()
        if (broken := lab.lanes[0].link.broken) is not None:
            (recorder.stop if recorder is not None else tell)(broken)


def _in_its_lane(scenario: Scenario) -> Scenario:
    """With acts for the one lane that has its name: those of other scenarios have ended, or are to come."""
    replace = msgspec.structs.replace
    beats = [
        replace(beat, acts=tuple(replace(act, lanes=(scenario.name,)) for act in beat.acts)) for beat in scenario.beats
    ]
    return replace(scenario, beats=tuple(beats))


@contextlib.contextmanager
def _recorded(lab: Lab, record: Path | None) -> Iterator[Recorder | None]:
    """While it runs it is recorded; whatever happens it is closed."""
    recorder = None
    try:
        if record is not None:
            recorder = Recorder(record, lab.trace, told=tell)
            lab.watch(recorder.write)
        yield recorder
    finally:
        lab.close()
        if recorder is not None:
            if lab.cut is not None:
                recorder.stop(lab.cut)
            recorder.close()
        lab.trace.close()


def _run(lab: Lab, recorder: Recorder | None) -> int:
    lane, conductor = lab.lanes[0], lab.conductor
    with Listening(_pass_on_to(lane)) as listening:
        lane.start_inheriting(listening.held)
        listening.begin()
        handle = os.pidfd_open(lane.pid)
        with contextlib.ExitStack() as started:
            started.callback(os.close, handle)
            ended = select.poll()
            ended.register(handle, select.POLLIN)
            conductor.free = True
            recording = lane.link.mode is not Mode.FREE
            nameless = False
            while not ended.poll(_POLL_MS if recording or not nameless else None):
                nameless = nameless or lab.forget_names()
                recording = recording and _read(lab, recorder)
        status = status_of(lane)
        if recording:
            _read(lab, recorder)
    return status


def _read(lab: Lab, recorder: Recorder | None) -> bool:
    """Put what has happened into the trace. False where there will be no more: the program goes on unrecorded then, as
    fast as it can, and that is said."""
    while lab.conductor.pump() and lab.trace.full is None:
        pass
    if lab.cut is None:
        return True
    lab.lanes[0].link.mode = Mode.FREE
    if recorder is not None:
        recorder.stop(lab.cut)
    return False


def status_of(lane: Lane) -> int:
    """Of a lane that has ended, as a shell says it."""
    code = lane.returncode
    assert code is not None
    return code if code >= 0 else 128 - code


def _pass_on_to(lane: Lane) -> Callable[[int], None]:
    def pass_on(number: int) -> None:
        if lane.returncode is None:
            os.kill(lane.pid, number)

    return pass_on
