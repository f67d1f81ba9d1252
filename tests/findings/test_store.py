"""The findings of a session by event: which had begun, which last, which is the next."""

from __future__ import annotations

from typing import Any

import pytest

from muxviz.events import FormatError
from muxviz.findings import Finding, Findings
from muxviz.findings.shapes import Confidence, Revision
from muxviz.findings.store import FindingsForm
from muxviz.trace.array_codec import pack, shared
from tests.findings.told import Told


def three() -> Told:
    """Three spins one after another, each ended by a call."""
    told = Told().client("IN|OUT")
    for _ in range(3):
        for _ in range(5):
            told.wait((5, "OUT"))
        told.write(4, 4)
    return told


def test_what_lasts_at_an_event_and_between_two() -> None:
    told = three()
    kept, found = told.trace.findings, told.found
    assert len(found) == 3
    for n in range(-1, len(told.trace)):
        lasting = [one for one in found if one.opened <= n and (one.closed is None or n < one.closed)]
        assert kept.at(n) == lasting
        assert kept.until(n) == [one for one in found if one.opened <= n]
        assert kept.after(n) == next((one.opened for one in found if one.opened > n), None)
        assert kept.before(n) == next((one.opened for one in reversed(found) if one.opened < n), None)
        for last in range(n, len(told.trace)):
            before = [one for one in found if one.opened < n and (one.closed is None or n <= one.closed)]
            assert kept.between(n, last) == before + [one for one in found if max(n, 0) <= one.opened <= last]


def test_a_form_that_is_not_of_its_recording_is_refused() -> None:
    told = three()
    form = told.trace.findings.form(pack)
    count = max(one.closed or 0 for one in told.found) + 1
    assert Findings.of(form, count, shared).until(count) == told.found
    with pytest.raises(FormatError):
        Findings.of(form, count - 1, shared)
    form.found.reverse()
    with pytest.raises(FormatError):
        Findings.of(form, count, shared)


def opened(n: int, sure: Confidence = "certain") -> Finding:
    return Finding("writable-spin", "edge", 5, None, (n,), (Revision(n, sure),))


def test_the_first_event_is_an_event_too() -> None:
    kept = Findings()
    kept.add(opened(0))
    kept.add(opened(4))
    assert [kept.after(n) for n in (-1, 0, 3, 4)] == [0, 4, 4, None]
    assert [kept.before(n) for n in (-1, 0, 1, 4, 5)] == [None, None, 0, 0, 4]
    assert [len(kept.until(n)) for n in (-1, 0, 3, 4)] == [0, 1, 1, 2] == [len(kept.at(n)) for n in (-1, 0, 3, 4)]
    assert [len(kept.between(*one)) for one in ((-1, -1), (-1, 0), (0, 0), (1, 3), (1, 4))] == [0, 1, 1, 1, 2]


def test_nobody_is_led_to_information_nor_twice_to_one_event() -> None:
    kept = Findings()
    for one in (opened(2, "information"), opened(3), opened(3), opened(5)):
        kept.add(one)
    assert list(kept.times()) == [3, 5] and len(kept) == 4


def test_blocks_of_findings_that_have_ended_are_passed_over_and_no_others() -> None:
    kept, found = Findings(), [opened(n) for n in range(300)]
    for one in found:
        kept.add(one)
    for one in found[:140]:
        kept.close(one, 310 + one.opened, "call")
    kept.close(found[0], 305, "call")  # once more, and sooner: it is closed already
    for n in (127, 128, 299, 310, 437, 438, 449, 450):
        assert kept.at(n) == [one for one in found if one.lasts(n)], n


def test_of_more_than_are_kept_only_how_many_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("muxviz.findings.store.MOST", 3)
    kept, found = Findings(), [opened(n) for n in range(5)]
    for one in found:
        kept.add(one)
    assert (len(kept), kept.more, kept.until(9)) == (3, 2, found[:3])
    kept.close(found[4], 9, "call")
    assert kept.at(9) == found[:3]
    form = kept.form(pack)
    assert (Findings.of(form, 10, shared).more, len(Findings.of(form, 10, shared))) == (2, 3)
    form.found.append(found[3])
    with pytest.raises(FormatError, match="do not rise"):
        Findings.of(form, 10, shared)


def test_what_is_counted_is_counted_by_event_and_lane_and_kept() -> None:
    kept = Findings()
    for n, lane in ((0, "a"), (3, "b"), (5, "a")):
        kept.count("wasted", lane, n)
    again = Findings.of(kept.form(pack), 6, shared)
    for one in (kept, again):
        counts = [one.counted("wasted", n) for n in (-1, 0, 2, 3, 5)]
        assert counts == [{}, {"a": 1}, {"a": 1}, {"a": 1, "b": 1}, {"a": 2, "b": 1}]
        assert one.counted("saturated", 9) == {}
    assert again.known and not Findings(known=False).known


@pytest.mark.parametrize(
    "wrong",
    [
        {"rule": "of a newer muxviz"}, {"evidence": ()}, {"turns": ()}, {"evidence": (10,)}, {"evidence": (-1,)},
        {"turns": (Revision(10, "certain"),)}, {"closed": 10, "how": "call"},
    ],
)  # fmt: skip
def test_a_finding_of_another_recording_is_refused(wrong: dict[str, Any]) -> None:
    form = FindingsForm(found=[opened(9)])
    assert len(Findings.of(form, 10, shared)) == 1
    for name, value in wrong.items():
        setattr(form.found[0], name, value)
    with pytest.raises(FormatError, match="another recording"):
        Findings.of(form, 10, shared)
