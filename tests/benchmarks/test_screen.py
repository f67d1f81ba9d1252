"""The figures of the screen. Rates are printed; what is asserted is what a slow machine does not change."""

from __future__ import annotations

from statistics import median

import pytest

from tests.benchmarks import first_frame, screen_under_load, screen_under_trace


def test_under_load_every_call_is_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    result = screen_under_load.measure(3.0)
    with capsys.disabled():
        print(
            f"\n  under load: {result.frames_per_second:.0f} frames a second, {result.echoes} echoes in 3 s, "
            f"key to screen {median(result.key_seconds) * 1000:.0f} ms (slowest {max(result.key_seconds) * 1000:.0f})"
        )
    assert result.echoes > 0
    assert result.recorded_bytes == result.echoes * len(screen_under_load.PAYLOAD)


def test_the_screen_lives_while_strace_writes_as_fast_as_it_can(capsys: pytest.CaptureFixture[str]) -> None:
    result = screen_under_trace.measure(3.0)
    with capsys.disabled():
        print(
            f"\n  under strace: {result.calls_per_second:.0f} calls, {result.frames_per_second:.0f} frames a second, "
            f"key to screen {median(result.key_seconds) * 1000:.0f} ms (slowest {max(result.key_seconds) * 1000:.0f})"
        )
    assert result.calls_per_second > 0 and result.key_seconds


def test_the_first_frame_comes_soon(capsys: pytest.CaptureFixture[str]) -> None:
    runs = first_frame.measure(9)
    bare = min(runs["bare"])
    ratios = {name: min(times) / bare for name, times in runs.items()}
    with capsys.disabled():
        print(f"\n  first frame: menu {ratios['menu']:.2f} of a bare Textual application, lab {ratios['lab']:.2f}")
    assert ratios["menu"] <= 1.5
