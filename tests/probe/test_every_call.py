"""Every call that the probe stands for, and each way to make it: the whole record, line by line of a program.

They were looked at and found right. `MUXVIZ_GOLDEN=write pytest tests/probe/test_every_call.py` writes them anew.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import pytest

from muxviz.events import Event
from muxviz.sources.ring.lane_reader import Mode
from tests.probe.lanes import observed

RECORDED = Path(__file__).parent / "recorded"
PROGRAM: Final = RECORDED / "program.py"
_SHOWN: Final = ("recv", "unsent", "tcp", "level", "accepts", "backlog", "queued", "messages", "file")


def told(event: Event, ports: dict[int, str]) -> str:
    """An event but for its time, its process and its ports."""
    args = {name: value for name, value in event.args.items() if name != "blocking"}  # in a free lane that is chance
    said = f"{event.call}" + (f" {event.fd}" if event.fd is not None else "")
    said += " " + ", ".join(f"{name}={_withoutports_of(value, ports)}" for name, value in args.items()) if args else ""
    ret = "a pid" if event.call == "fork" and event.ret else event.ret
    said += f" -> {ret}" if event.phase is None else f" ({event.phase})"
    said += f" {event.error}" if event.error else ""
    said += f" {event.ready}" if event.ready is not None else ""
    said += " in another thread" if event.tid else ""
    for fd, queues in event.queues.items():
        values = {name: value for name in _SHOWN if (value := getattr(queues, name)) is not None}
        if queues.tcp == "CLOSE":
            values.pop("unsent", None)  # what is left of two sequence numbers
        if queues.tcp == "FIN_WAIT2":
            values["tcp"] = "FIN_WAIT1"  # the acknowledgement comes when it comes
        said += f"\n        {fd}: " + " ".join(f"{name}={value}" for name, value in values.items())
        said += " derived" if queues.derived else ""
    return said


def _withoutports_of(value: Any, ports: dict[int, str]) -> Any:
    if isinstance(value, list):
        return [_withoutports_of(part, ports) for part in value]
    if type(value) is int and value > 1024 and value in ports:
        return ports[value]
    return value


def ports_of(events: list[Event]) -> dict[int, str]:
    """The ports that the kernel picked, by their first appearance in an address."""
    found: dict[int, str] = {}
    for event in events:
        for name in ("address", "peer"):
            told = event.args.get(name)
            if isinstance(told, list) and len(told) > 1 and told[1] > 1024:
                found.setdefault(told[1], f"port {len(found) + 1}")
    return found


@pytest.mark.parametrize("mode", [Mode.RECORD, Mode.HELD], ids=["record", "held"])
def test_every_call_is_recorded_whole(mode: Mode) -> None:
    done = observed([str(PROGRAM)], mode)
    assert done.status == 0, done.err
    ports = ports_of(done.events)
    lines = PROGRAM.read_text(encoding="utf-8").splitlines()
    text, before, at_end = "", 0, []
    for event in done.events:
        if event.call is not None and event.at is None:
            at_end.append(f"    {told(event, ports)}\n")  # in an order that is the interpreter's own
        elif event.call is not None and event.at is not None:
            line = event.at[1]
            text += f"{lines[line - 1].strip()}\n" if line != before else ""
            text += f"    {told(event, ports)}\n"
            before = line
    text += "the interpreter's end\n" + "".join(sorted(at_end))
    file = RECORDED / f"{mode.name.lower()}.txt"
    if os.environ.get("MUXVIZ_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text.splitlines() == file.read_text(encoding="utf-8").splitlines()
