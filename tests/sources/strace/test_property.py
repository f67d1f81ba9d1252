"""However the bytes are cut, and whatever stands between them, the same events come out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from muxviz.events import Event
from muxviz.sources.strace import Translator
from tests.sources.strace.told import sample

LINES = [
    line for name in ("kinds", "py_et_broken", "nginx", "py_sel_select") for line in sample(name).split(b"\n")[-40:-1]
]
BY = st.sampled_from(["process", "epoll"])

GARBAGE = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=60).map(lambda text: text.encode()),
    st.sampled_from([line[:cut] for line in LINES[:20] for cut in (8, 25, 33)]),
    st.sampled_from([line[at:] for line in LINES[:20] for at in (3, 20, 40)]),
).filter(lambda line: b"\n" not in line and bool(line.strip()) and not _may_be_read(line))


def _may_be_read(line: bytes) -> bool:
    """Whether a line is strace's after all, or says something of its own to a person."""
    made = Translator()
    made._t0 = 0  # lines without a time are counted too, once others had one
    events = made.lines(line + b"\n")
    return made.counted.unknown != 1 or bool(events) or bool(line.decode("utf-8", "replace").isspace())


def told(chunks: list[bytes], by: str) -> tuple[list[Event], Translator]:
    made = Translator(by=by)  # type: ignore[arg-type]
    events = [event for chunk in chunks for event in made.lines(chunk)]
    return [*events, *made.end()], made


@given(st.data(), BY)
@settings(max_examples=150)
def test_any_cut_gives_the_same_events(data: st.DataObject, by: str) -> None:
    whole = b"\n".join(LINES) + b"\n"
    whole = whole[: data.draw(st.integers(1, len(whole)))]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=40)))
    chunks = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    parted, once = told(chunks, by), told([whole], by)
    assert parted[0] == once[0] and parted[1].counted == once[1].counted


@given(st.lists(st.tuples(st.integers(1, len(LINES)), GARBAGE), min_size=1, max_size=12), BY)
@settings(max_examples=150)
def test_garbage_changes_only_what_is_counted(garbage: list[tuple[int, bytes]], by: str) -> None:
    clean, made = told([b"\n".join(LINES) + b"\n"], by)
    lines = list(LINES)
    for at, line in sorted(garbage, reverse=True):
        lines.insert(at, line)
    dirty, counting = told([b"\n".join(lines) + b"\n"], by)
    assert [e for e in dirty if e.note is None] == [e for e in clean if e.note is None]
    assert dirty[-1].note is not None and "could not be read" in dirty[-1].note
    assert counting.counted.unknown == len(garbage) and counting.counted.lines == made.counted.lines + len(garbage)


@given(st.lists(st.sampled_from(LINES), max_size=60), st.lists(st.binary(max_size=30), max_size=10))
@settings(max_examples=150)
def test_any_order_of_lines_is_accounted_for(lines: list[bytes], noise: list[bytes]) -> None:
    """Halves without their other half, closes of what was never opened, forks of whoever runs already: no traceback,
    and no line without an account."""
    data = b"\n".join([LINES[0], *lines, *noise]) + b"\n"
    events, made = told([data], "epoll")
    assert made.counted.lines == data.count(b"\n")
    assert sum(event.call is not None for event in events) <= made.counted.lines
    assert [e.t for e in events if e.t < 0] == []
