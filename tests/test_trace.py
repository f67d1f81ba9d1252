"""The fold and the trace: the state at an event depends on the events alone, however one got there."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muxviz.events import FORMAT, Event, Header, LaneInfo, Queues, Source, decode_event, encode
from muxviz.kernel import State, fold, initial
from muxviz.recording import Recorder, RecordingError, load
from muxviz.scenarios import CATALOGUE
from muxviz.trace import KEYFRAME_EVERY, Trace
from muxviz.trace import trace as trace_module
from muxviz.trace.spool import Spool

HEADER = Header(FORMAT, "6.1", "x86_64", "3.11", Source(kind="lab"), [LaneInfo("a", "a"), LaneInfo("b", "b")])
CALLS = (
    "socket",
    "listen",
    "accept",
    "recv",
    "send",
    "close",
    "epoll_create",
    "epoll_ctl",
    "epoll_wait",
    "poll",
    "select",
)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Any event that a lane could send, sensible or not."""
    fd = draw(st.integers(-1, 6))
    event = Event(
        n=-1,
        t=draw(st.integers(0, 10**9)),
        step=draw(st.one_of(st.none(), st.integers(1, 50))),
        lane=draw(st.sampled_from(["a", "b", "c"])),
        role=draw(st.sampled_from(["server", "client"])),
        call=draw(st.sampled_from(CALLS)),
        fd=fd,
        ret=draw(st.integers(-1, 6)),
        error=draw(st.sampled_from([None, None, "EAGAIN", "ECONNRESET"])),
        phase=draw(st.sampled_from([None, None, None, "enter"])),
        ready=draw(
            st.one_of(st.none(), st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["IN", "IN|HUP", "R"]))))
        ),
        args=draw(
            st.sampled_from(
                [{}, {"op": "ADD", "fd": 5, "events": "IN|ET"}, {"interest": [[3, "R"]]}, {"peer": ["::1", 9]}]
            )
        ),
        queues=draw(
            st.sampled_from([{}, {"5": Queues(recv=8, level="IN")}, {"x": Queues()}, {"3": Queues(accepts=1)}])
        ),
    )
    if draw(st.integers(0, 9)) == 0:
        event = Event(n=-1, t=event.t, step=event.step, beat=1, action="A sends")
    return event


def folded(trace: Trace, n: int) -> State:
    """The state after n, the slow and plain way."""
    state = initial(trace.header)
    for k in range(n + 1):
        fold(state, trace[k])
    return state


@settings(max_examples=60)
@given(st.lists(events(), max_size=60), st.integers(1, 9), st.randoms(use_true_random=False))
def test_a_state_depends_on_its_event_alone(lines: list[Event], apart: int, chance: random.Random) -> None:
    """Through keyframes that are so many events apart, in the trace that grew and in its recording."""
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory() as directory,
    ):
        patch.setattr(trace_module, "KEYFRAME_EVERY", apart)
        patch.setattr(trace_module, "_FRAME_COST", 0)
        trace, file = Trace(HEADER), Path(directory) / "x.muxviz"
        recorder = Recorder(file, trace)
        for event in lines:
            recorder.write(trace.append(event))
        recorder.close()
        opened = load(file)
        assert len(opened) == len(trace) and (len(lines) <= apart or trace.frame_before(len(trace) - 1) >= 0)
        order = list(range(-1, len(trace))) * 2
        chance.shuffle(order)
        for n in order:
            assert trace.state(n) == opened.state(n) == folded(trace, n)
        opened.close()
        trace.close()


def test_keyframes_change_nothing() -> None:
    trace = Trace(HEADER)
    for n in range(3 * KEYFRAME_EVERY):
        trace.append(Event(n=-1, t=n, lane="a", role="server", call="send", fd=4, ret=n))
    for n in (-1, 0, KEYFRAME_EVERY - 2, KEYFRAME_EVERY - 1, KEYFRAME_EVERY, 2 * KEYFRAME_EVERY + 7, len(trace) - 1):
        assert trace.state(n) == folded(trace, n)
    trace.close()


@settings(max_examples=60)
@given(st.lists(events(), min_size=1, max_size=60))
def test_ways_lead_back(lines: list[Event]) -> None:
    trace = Trace(HEADER)
    for event in lines:
        trace.append(event)
    for n in range(len(trace)):
        tick = trace.tick_of(n)
        assert trace.tick_start(tick) <= n <= trace.tick_end(tick)
        assert trace.wakeup_after(n) == next((k for k in range(n + 1, len(trace)) if trace[k].is_wakeup), None)
        assert trace.action_before(n) == next((k for k in range(n - 1, -1, -1) if trace[k].action is not None), None)
        for lane in trace.lanes:
            woken = [k for k in range(len(trace)) if trace[k].is_wakeup and trace[k].lane == lane]
            assert trace.wakeup_before(n, lane) == max((k for k in woken if k < n), default=None)
            assert trace.wakeups_between(lane, 0, n) == sum(k <= n for k in woken)
    assert trace.tick_end(trace.ticks - 1) == len(trace) - 1
    trace.close()


@pytest.mark.parametrize("last", [254, 255, 256, 257, 511, 512, 513])
def test_a_time_is_found_at_the_edges_of_a_block(last: int) -> None:
    """The clock is kept for every 256th event; a time may be the last of such a block, the first, or between two."""
    trace = Trace(HEADER)
    for n in range(last + 1):
        trace.append(Event(n=-1, t=10 * n, lane="a", role="server", call="send", fd=4, ret=1))
    for n in range(last + 1):
        assert trace.at_time(10 * n) == n and (n == 0 or trace.at_time(10 * n - 9) == n)
    assert trace.at_time(10 * last + 1) == last
    trace.close()


@given(st.lists(st.binary(max_size=40)))
def test_a_spool_gives_back_what_it_took(lines: list[bytes]) -> None:
    spool = Spool()
    for line in lines:
        spool.append(line)
    assert [spool[n] for n in range(len(spool))] == lines
    spool.close()


def test_a_spool_is_longer_than_its_memory() -> None:
    spool = Spool()
    for n in range(40_000):
        spool.append(b"%d " % n * 20)
    assert all(spool[n] == b"%d " % n * 20 for n in random.Random(1).sample(range(40_000), 500))
    spool.close()


@settings(max_examples=100)
@given(events())
def test_an_event_survives_its_line(event: Event) -> None:
    event.n = 3
    assert decode_event(encode(event)) == event


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_line_of_a_recording_is_one_event(name: str, recordings: dict[str, Path]) -> None:
    trace = load(recordings[name])
    lines = recordings[name].read_bytes().splitlines()
    assert [trace.line(n) for n in range(len(trace))] == [line for line in lines[1:-2] if b'"keyframe":' not in line]
    assert lines[-2].startswith(b'{"index":') and lines[-1].startswith(b'{"end":')
    trace.close()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "line 1"),
        (b"\x89PNG\r\n", "line 1"),
        (b'{"muxviz":99,"kernel":"","machine":"","python":"","source":{},"lanes":[]}\n', "newer"),
        (encode(HEADER) + b"\nnonsense\n", "line 2"),
        (encode(HEADER) + b'\n{"n":5,"t":0}\n', "event 5 stands where event 0 belongs"),
    ],
)
def test_what_is_no_recording_is_one_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    file = tmp_path / "x.muxviz"
    file.write_bytes(content)
    with pytest.raises(RecordingError, match=complaint):
        load(file)


def test_a_line_that_was_being_written_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "x.muxviz"
    file.write_bytes(encode(HEADER) + b'\n{"n":0,"t":0}\n{"n":1,"t":')
    trace = load(file)
    assert len(trace) == 1
    trace.close()
