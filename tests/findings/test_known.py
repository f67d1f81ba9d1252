"""What is known at a moment depends on what came before it, and is the same however the trace was come by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muxviz.findings import Findings
from muxviz.recording import Recorder, load, recover
from muxviz.trace import Trace
from tests.findings.told import MS, Told

fds = st.sampled_from([5, 6])
flags = st.sampled_from(["IN", "OUT", "IN|OUT", "IN|RDHUP", "IN|HUP"])
asked = st.sampled_from(["IN|ET", "IN|OUT", "IN|ONESHOT", "IN|RDHUP|ET"])
sizes = st.sampled_from([0, 2, 4])
left = st.sampled_from([None, 0, 8])
deeds = st.one_of(
    st.tuples(st.just("accept"), fds, left),
    st.tuples(st.just("add"), fds, asked),
    st.tuples(st.just("add"), fds, asked, st.just("MOD")),
    st.tuples(st.just("drop"), fds),
    st.tuples(st.just("wait"), st.tuples(fds, flags)),
    st.tuples(st.just("wait"), st.tuples(fds, flags), st.tuples(st.just(3), st.just("IN"))),
    st.tuples(st.just("wait")),
    st.tuples(st.just("sleep")),
    st.tuples(st.just("read"), sizes, st.just(4), left, fds),
    st.tuples(st.just("again"), fds),
    st.tuples(st.just("write"), sizes, st.just(4), fds),
    st.tuples(st.just("close"), fds),
    st.tuples(st.just("look"), fds, st.sampled_from([MS, 30 * MS])),
)
kinds = st.sampled_from([("lab", True), ("run", False), ("trace", False)])


def play(kind: tuple[str, bool], story: list[tuple[Any, ...]]) -> Told:
    told = Told(kind[0], held=kind[1]).add(3, "IN|ET").client().client(fd=6)
    for name, *rest in story:
        if name == "look":
            told.look(rest[0], after=rest[1], recv=8)
        else:
            getattr(told, name)(*rest)
    return told


def known(trace: Trace, n: int) -> list[object]:
    """Everything that may be shown after event n."""
    return [
        (one.rule, one.lane, one.fd, one.client, one.evidence, one.flags, one.other, one.turn(n), one.lasts(n),
         one.cancelled(n), one.how if not one.lasts(n) else None)
        for one in trace.findings.until(n)
    ] + [trace.findings_at(n) == [one for one in trace.findings.until(n) if one.lasts(n)]]  # fmt: skip


@settings(max_examples=200)
@given(kinds, st.lists(deeds, max_size=40))
def test_the_future_changes_nothing(kind: tuple[str, bool], story: list[tuple[Any, ...]]) -> None:
    whole = play(kind, story).trace
    growing = Trace(whole.header)
    for n in range(len(whole)):
        growing.append(msgspec.structs.replace(whole[n]))
        assert known(growing, n) == known(whole, n)
    for n in range(len(whole)):
        assert known(growing, n) == known(whole, n)


@settings(max_examples=60)
@given(kinds, st.lists(deeds, max_size=60))
def test_a_form_is_the_same_findings(kind: tuple[str, bool], story: list[tuple[Any, ...]]) -> None:
    from muxviz.trace.array_codec import pack, shared

    trace = play(kind, story).trace
    form = msgspec.json.decode(msgspec.json.encode(trace.findings.form(pack)), type=type(trace.findings.form(pack)))
    kept = Findings.of(form, len(trace), shared)
    assert kept.times() == trace.findings.times()
    for n in range(-1, len(trace)):
        assert kept.at(n) == trace.findings.at(n) and kept.until(n) == trace.findings.until(n)
        assert kept.after(n) == trace.findings.after(n) and kept.before(n) == trace.findings.before(n)
        assert kept.counted("wasted", n) == trace.findings.counted("wasted", n)


def many(count: int) -> Told:
    """One finding after another, each ended by a new edge."""
    told = Told().client()
    for _ in range(count):
        told.wait((5, "IN"), fd5=8).read(4, left=4).sleep()
    return told


def test_of_many_those_that_last_are_found() -> None:
    told = many(700)
    told.client(fd=6).wait((6, "IN"), fd6=8).sleep()
    for n in (-1, 0, 11, 900, len(told.trace) - 1):
        found = told.trace.findings_at(n)
        assert found == [one for one in told.found if one.lasts(n)]
    assert {one.fd for one in told.trace.findings_at(len(told.trace) - 1)} == {5, 6}
    between = told.trace.findings.between(100, 200)
    assert between == [one for one in told.found if one.opened <= 200 and (one.closed is None or one.closed >= 100)]


def test_of_too_many_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("muxviz.findings.store.MOST", 10)
    told = many(25)
    assert len(told.trace.findings) == 10 and told.trace.findings.more == 15


@pytest.mark.parametrize("by", ["nobody", "other rules"])
def test_a_recording_without_findings_of_these_rules_is_searched_for_them(
    partial_read: Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    file = tmp_path / "old.muxviz"
    recorder = Recorder(file, partial_read)
    recorder.catch_up()
    recorder.close()
    lines = file.read_bytes().splitlines(keepends=True)
    index = msgspec.json.decode(lines[-2])
    if by == "nobody":
        del index["index"]["findings"]
    else:
        del index["index"]["findings"]["rules"]
        index["index"]["findings"]["found"] = []
    file.write_bytes(b"".join([*lines[:-2], msgspec.json.encode(index) + b"\n", lines[-1]]))
    found = load(file)
    assert recover(file).whole and found.findings.known
    assert found.findings.until(len(found)) == partial_read.findings.until(len(partial_read))
    found.close()
    monkeypatch.setattr("muxviz.trace.trace._READ_THROUGH", 10)
    found = load(file)
    assert not found.findings.known and not len(found.findings), "too long to be read for that"
    found.close()
