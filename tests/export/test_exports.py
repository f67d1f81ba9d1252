"""Casts, moving pictures, stories, events: each read by what people read it with."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import termios
import xml.etree.ElementTree as ET
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pyte
import pytest

from muxviz.draw import View, draw, styles
from muxviz.events import decode_event
from muxviz.export import FORMATS, Options
from muxviz.recording import load
from muxviz.trace import Trace
from tests.conftest import run_muxviz
from tests.export.browser import browser

SVG = "{http://www.w3.org/2000/svg}"


def exported(recording: Path, out: Path, *options: str) -> str:
    """What `muxviz export` wrote."""
    done = run_muxviz("export", recording, out, *options)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return out.read_text()


def played(events: list[Any], size: tuple[int, int]) -> list[tuple[float, pyte.Screen]]:
    """Every output event of a cast, with the screen of a terminal emulator after it."""
    screen = pyte.Screen(*size)
    stream = pyte.Stream(screen)
    shown = []
    for moment, code, data in events:
        if code == "o":
            stream.feed(data)
            shown.append((moment, [line.rstrip() for line in screen.display], dict(screen.buffer[1])))
    return shown  # type: ignore[return-value]


@pytest.mark.parametrize(("size", "theme"), [((120, 36), "dark"), ((80, 24), "light")])
def test_a_terminal_that_plays_the_cast_shows_the_pictures(
    size: tuple[int, int], theme: str, recordings: dict[str, Path], tmp_path: Path
) -> None:
    text = exported(recordings["partial-read"], tmp_path / "a.cast", "--size", f"{size[0]}x{size[1]}", "--theme", theme)
    header, *events = (json.loads(line) for line in text.splitlines())
    assert (header["version"], header["width"], header["height"]) == (2, *size)
    assert re.fullmatch(r"(#[0-9a-f]{6}:){7}#[0-9a-f]{6}", header["theme"]["palette"])
    trace = load(recordings["partial-read"])
    shown = played(events, size)
    assert len(shown) == trace.ticks + 2
    for tick, (_, rows, _) in enumerate(shown[:-1], -1):
        picture = draw(trace, trace.tick_end(tick), size, View(focus="edge", theme=theme))  # type: ignore[arg-type]
        assert rows == [row.rstrip() for row in picture.text().split("\n")]
    front = styles(theme)["line on base"].color
    assert front is not None
    assert shown[5][2][0].fg == front.get_truecolor().hex.removeprefix("#")
    times = [moment for moment, *_ in events]
    assert times == sorted(times)
    marks = [data for _, code, data in events if code == "m"]
    assert marks == [trace[n].action for n in trace.actions()]
    trace.close()


def test_version_3_says_the_same_in_intervals(recordings: dict[str, Path], tmp_path: Path) -> None:
    old = [json.loads(line) for line in exported(recordings["reset"], tmp_path / "2.cast").splitlines()]
    three = exported(recordings["reset"], tmp_path / "3.cast", "--cast-version", "3")
    new = [json.loads(line) for line in three.splitlines()]
    assert new[0]["version"] == 3 and (new[0]["term"]["cols"], new[0]["term"]["rows"]) == (120, 36)
    assert [event[1:] for event in new[1:-1]] == [event[1:] for event in old[1:]]
    assert new[-1][1:] == ["x", "0"]
    clock = 0.0
    for (since, *_), (moment, *_) in zip(new[1:-1], old[1:], strict=True):
        clock += since
        assert abs(clock - moment) < 1e-6


def in_a_terminal(command: list[str], home: Path) -> bytes:
    """What a command writes to its own terminal of 120 by 36 cells, until it ends."""
    pid, ours = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        env = os.environ | {"HOME": str(home), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        os.execvpe(command[0], command, env)
    seen = b""
    try:
        while data := os.read(ours, 65536):
            seen += data
    except OSError:  # how the end of a terminal's other side is told
        pass
    finally:
        os.close(ours)
        status = os.waitpid(pid, 0)[1]
    assert status == 0, seen[-2000:]
    return seen


@pytest.mark.needs("asciinema")
def test_asciinema_itself_plays_it(recordings: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "a.cast"
    exported(recordings["half-close"], out, "--speed", "100")
    seen = in_a_terminal(["asciinema", "play", "-s", "50", str(out)], tmp_path)
    screen = pyte.Screen(120, 36)
    pyte.ByteStream(screen).feed(seen)
    trace = load(recordings["half-close"])
    last = draw(trace, trace.tick_end(trace.ticks - 1), (120, 36), View(focus="edge"))
    assert [row.rstrip() for row in screen.display] == [row.rstrip() for row in last.text().split("\n")]
    trace.close()


def test_pace_and_speed(recordings: dict[str, Path], tmp_path: Path) -> None:
    def lasts(*options: str) -> float:
        text = exported(recordings["partial-read"], tmp_path / "a.cast", *options)
        return float(json.loads(text.splitlines()[-1])[0])

    reading = lasts()
    assert reading / 4 == pytest.approx(lasts("--speed", "4"), rel=0.1)
    trace = load(recordings["partial-read"])
    ends = [0, *(trace[trace.tick_end(tick)].t for tick in range(trace.ticks))]
    trace.close()
    clock = accumulate(ends, max)  # an event's own time may lie before that of an earlier one
    stood = [min(max((after - before) / 1e9, 0.04), 2.0) for before, after in pairwise(clock)]
    assert lasts("--pace", "recorded") == pytest.approx(sum(stood) + 2.0, abs=0.001 * len(ends))


def test_a_moving_picture_moves_without_script_or_network(recordings: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "a.svg"
    text = exported(recordings["partial-read"], out, "--animate")
    root = ET.fromstring(text)
    assert not list(root.iter(f"{SVG}script")) and "http" not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")
    names = {node.get("id") for node in root.iter()}
    uses = [node.get("href", "") for node in root.iter(f"{SVG}use")]
    assert uses and all(href[1:] in names for href in uses)
    trace = load(recordings["partial-read"])
    assert sum(node.get("class") == "f" for node in root.iter()) == trace.ticks + 1
    trace.close()
    shown = (
        "return [...document.querySelectorAll('.f')].map((frame, k) => [k, getComputedStyle(frame).visibility])"
        ".filter(([k, seen]) => seen === 'visible').map(([k]) => k)"
    )
    with browser() as window:
        window.open(f"file://{out}")
        seen = []
        for second in (0.0, 6.0, 20.0):
            window.run(f"document.getAnimations().forEach(one => {{ one.pause(); one.currentTime = {second * 1000} }})")
            seen.append(window.run(shown))
        assert all(len(frames) == 1 for frames in seen) and seen[0] == [0] and seen[0] < seen[1] < seen[2]


def test_one_moment_as_a_picture(recordings: dict[str, Path], tmp_path: Path) -> None:
    text = exported(recordings["partial-read"], tmp_path / "a.svg", "--step", "17")
    words = [node.text for node in ET.fromstring(text).iter(f"{SVG}text")]
    assert "STRANDED" in words and "17/28" in words
    screen = exported(recordings["partial-read"], tmp_path / "a.txt", "--step", "17")
    assert "STRANDED" in screen and len(screen.splitlines()) == 36


def test_the_story_and_the_events_of_a_range(recordings: dict[str, Path], tmp_path: Path) -> None:
    whole = exported(recordings["partial-read"], tmp_path / "a.txt")
    assert whole == run_muxviz("replay", recordings["partial-read"]).stdout
    part = exported(recordings["partial-read"], tmp_path / "a.txt", "--from", "b2", "--to", "b2")
    assert "2. A sends 12 bytes" in part and "1. " not in part and "3. " not in part
    done, _, found = part.split("2. A sends")[1].strip().partition("\n\nFindings\n")
    assert done in whole and "stranded data" in found
    lines = exported(recordings["partial-read"], tmp_path / "a.jsonl", "--from", "b2", "--to", "b2").splitlines()
    events = [decode_event(line.encode()) for line in lines[1:]]
    trace = load(recordings["partial-read"])
    first, third = trace.actions()[1], trace.actions()[2]
    assert [event.n for event in events] == list(range(first, third))
    assert all(line.isascii() for line in lines)
    trace.close()


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_the_same_bytes_each_time(form: str, partial_read: Trace) -> None:
    options = Options(5, 12, animate=True)
    once, again = ("".join(FORMATS[form].write(partial_read, options, lambda part: None)) for _ in range(2))
    assert once == again


@pytest.mark.parametrize(
    ("out", "options", "complaint"),
    [
        ("a.txt", ["--cast-version", "3"], "means nothing for .txt"),
        ("a.html", ["--speed", "2"], "means nothing for .html"),
        ("a.svg", ["--step", "999"], "no step 999"),
        ("a.cast", ["--from", "b3", "--to", "b1"], "lies before"),
        ("a.cast", ["--from", "nowhere"], "is no place"),
        ("a.svg", ["--step", "3", "--animate"], "one moment"),
        ("no/such/a.svg", [], "No such file"),
        ("a.gif", [], "choose from"),
        ("a.svg", ["--focus", "nobody"], "no lane"),
        ("a.cast", ["--speed", "nan"], "not in the range"),
        ("a.svg", ["--speed", "3"], "add --animate"),
        ("a.svg", ["--step", "3", "--pace", "recorded"], "add --animate"),
    ],
)
def test_what_can_t_be_made_is_one_line(
    out: str, options: list[str], complaint: str, recordings: dict[str, Path], tmp_path: Path
) -> None:
    done = run_muxviz("export", recordings["partial-read"], tmp_path / out, *options)
    assert done.returncode == 2 and complaint in done.stderr and len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_damaged_recording_is_refused_or_salvaged(recordings: dict[str, Path], tmp_path: Path) -> None:
    lines = recordings["reset"].read_bytes().splitlines(keepends=True)
    lines[50] = b"garbage\n"
    file, out = tmp_path / "bad.muxviz", tmp_path / "out.txt"
    file.write_bytes(b"".join(lines))
    done = run_muxviz("export", file, out)
    assert done.returncode == 2 and "line 51" in done.stderr and "--salvage" in done.stderr and not out.exists()
    assert exported(file, out, "--salvage").startswith("muxviz")
