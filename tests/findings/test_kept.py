"""The findings of a session by event: which had begun, which last, which is the next."""

from __future__ import annotations

import pytest

from muxviz.events import FormatError
from muxviz.findings import Kept
from muxviz.trace.packed import pack, shared
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
    assert Kept.of(form, count, shared).until(count) == told.found
    with pytest.raises(FormatError):
        Kept.of(form, count - 1, shared)
    form.found.reverse()
    with pytest.raises(FormatError):
        Kept.of(form, count, shared)
