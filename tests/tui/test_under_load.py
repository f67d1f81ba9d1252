"""The screen lives, and nothing is lost, while calls come as fast as they can."""

from __future__ import annotations

import pytest

from tests.benchmarks import screen_under_load, screen_under_trace


def test_under_load_every_call_is_recorded() -> None:
    result = screen_under_load.measure(3.0)
    assert result.echoes > 0
    assert result.recorded_bytes == result.echoes * len(screen_under_load.PAYLOAD)


@pytest.mark.needs("strace", "redis-server", "redis-benchmark")
def test_the_screen_lives_while_strace_writes_as_fast_as_it_can() -> None:
    result = screen_under_trace.measure(3.0)
    assert result.calls_per_second > 0 and result.key_seconds
