"""The page in a real browser: the same screens as in the terminal, by the same keys, and nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from muxviz.draw import View, draw
from muxviz.events import FORMAT, Event, Header, LaneInfo, Source
from muxviz.export import FORMATS, Options
from muxviz.recording import Recorder, load, summary
from muxviz.trace import Trace
from tests.conftest import run_muxviz
from tests.export.browser import Browser, browser
from tests.export.poisoned import HOSTILE as HOSTILE_WORDS
from tests.export.poisoned import poisoned
from tests.processes import descendants

SCREEN = "return [...document.querySelectorAll('#screen div')].map(line => line.textContent)"


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    """One browser for the module, which leaves no process behind."""
    before = descendants(os.getpid())
    with browser() as one:
        yield one
    assert not descendants(os.getpid()) - before


@pytest.fixture(autouse=True)
def nothing_left_behind() -> None:
    """A browser's own processes come and go while it runs: `window` looks after all of them."""


@pytest.fixture(scope="module")
def page(recordings: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Trace, str]:
    """The page of partial-read with a marker: its address, the trace, and the header's words."""
    directory = tmp_path_factory.mktemp("page")
    file = directory / "talk.muxviz"
    file.write_bytes(recordings["partial-read"].read_bytes())
    from muxviz.recording import annotate

    trace = load(file)
    marked = trace.tick_end(trace.tick_at_step(17) or 0)
    assert annotate(file, trace.mark(marked, "why edge sleeps")) is None
    out = directory / "talk.html"
    done = run_muxviz("export", file, out)
    assert done.returncode == 0, done.stderr
    return f"file://{out}", trace, summary(file, trace.header)


def rows(window: Browser) -> list[str]:
    """The screen's rows, without the key row and trailing blanks."""
    return [row.rstrip() for row in window.run(SCREEN)][:-1]


def test_the_keys_lead_to_the_screens_of_the_terminal(window: Browser, page: tuple[str, Trace, str]) -> None:
    address, trace, words = page
    window.open(address)

    def is_shown(n: int, **more: object) -> None:
        view = View(**{"focus": "edge", "replay": words, **more})  # type: ignore[arg-type]
        assert rows(window) == draw(trace, n, (120, 36), view).text().split("\n")[:-1]

    ticks = [trace.tick_end(tick) for tick in range(trace.ticks)]
    is_shown(-1)
    window.press("n", "n", "n")
    is_shown(ticks[2])
    window.press("N")
    is_shown(ticks[1])
    window.press("b")
    is_shown(trace.tick_end(trace.tick_of(trace.actions()[0])))
    window.press("w")
    after = trace.wakeup_after(trace.actions()[0])
    assert after is not None
    is_shown(trace.tick_end(trace.tick_of(after)))
    window.press("G")
    is_shown(ticks[-1])
    window.press("W", "B", "V")
    window.press("g", "v")
    is_shown(trace.tick_end(trace.tick_of(trace.findings.times()[0])))
    window.press("2")
    is_shown(trace.tick_end(trace.tick_of(trace.findings.times()[0])), focus="poll")
    window.press("Tab", "i")
    is_shown(trace.tick_end(trace.tick_of(trace.findings.times()[0])), focus="level", side="OUT")
    window.press("i", "4", ":", "1", "4", "Enter")
    is_shown(trace.tick_end(trace.tick_at_step(14) or 0))
    window.press("e")
    is_shown(trace.tick_end(trace.tick_at_step(14) or 0), overlay="event")
    window.press("Escape", "?")
    assert any("how to read the wire" in row for row in rows(window))
    window.press("Escape", "]")
    is_shown(trace.tick_end(trace.tick_at_step(17) or 0))
    assert "why edge sleeps" in window.run(SCREEN)[-1]
    window.press("G", "n")
    assert "recording's end" in window.run(SCREEN)[-1]
    window.press("g", "/")
    assert "/ is for the terminal" in window.run(SCREEN)[-1], "every key that help names is answered"


def test_places_by_link_and_by_mouse(window: Browser, page: tuple[str, Trace, str]) -> None:
    address, trace, _ = page
    window.open(f"{address}#20")
    window.run("location.hash = '#20'")
    assert "step 20" in rows(window)[0]
    box = window.run(
        "const b = document.getElementById('screen').getBoundingClientRect(); return [b.left, b.top, b.width, b.height]"
    )
    window.press("g")
    window.click(int(box[0] + box[2] * 0.9), int(box[1] + box[3] * 0.5))
    assert window.run("return location.hash") == f"#{trace.tick_step(0)}"
    window.click(int(box[0] + box[2] * 0.5), int(box[1] + box[3] * (34.5 / 36)))
    middle = int(window.run("return location.hash")[1:])
    assert trace.ticks * 0.3 < middle < trace.ticks * 0.7


def test_every_cell_is_in_its_column_and_the_theme_switches(window: Browser, page: tuple[str, Trace, str]) -> None:
    window.open(page[0])
    window.press("b", "b", "n")
    edges = window.run(
        "return [...document.querySelectorAll('#screen div')].map(line => "
        "Math.round(line.lastChild.getBoundingClientRect().right - line.getBoundingClientRect().left))"
    )
    assert max(edges) - min(edges) <= 1
    before = window.run("return getComputedStyle(document.body).backgroundColor")
    window.press("t")
    assert window.run("return getComputedStyle(document.body).backgroundColor") != before


WORDS = """
const width = document.querySelector('#screen div').getBoundingClientRect().width / 120;
return [...document.querySelectorAll('#screen div')].map(line => {
  const found = [], texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT), range = document.createRange();
  while (texts.nextNode()) {
    for (const word of texts.currentNode.data.matchAll(/[^ ]+/g)) {
      range.setStart(texts.currentNode, word.index);
      range.setEnd(texts.currentNode, word.index + 1);
      const left = range.getBoundingClientRect().left - line.getBoundingClientRect().left;
      found.push([word[0], left / width]);
    }
  }
  return found;
});
"""
"""Each row's words, as the page has them, with the column where each begins."""


@pytest.mark.parametrize("words", ["שלום  עולם   (1) abc", "漢字テスト  한글   abc", "\u202e漢  ابت٣   \u0e01 x"])
def test_every_word_begins_in_its_column_whatever_its_letters(words: str, window: Browser, tmp_path: Path) -> None:
    """Also one of a font whose letters are wider or narrower than a cell."""
    trace, out = poisoned(words), tmp_path / "words.html"
    made = Options(trace.ticks - 4, trace.ticks - 1, (120, 36))
    out.write_text("".join(FORMATS[".html"].write(trace, made, lambda part: None)))
    window.open(f"file://{out}#n{trace.tick_end(made.first)}")
    rows = draw(trace, trace.tick_end(made.first), made.size, made.view(trace)).text().split("\n")
    found = window.run(WORDS)
    assert any(not word.isascii() for row in found for word, _ in row)
    for row, told in list(zip(rows, found, strict=True))[:-1]:
        at = {cell_len(row[:k]): row[k:] for k in range(len(row))}
        for word, column in told:
            assert abs(column - round(column)) < 0.2 and at[round(column)].startswith(word), (row, word, column)


def test_nothing_is_fetched_and_nothing_fails(window: Browser, page: tuple[str, Trace, str]) -> None:
    window.open(page[0])
    window.press("n", "b", "e", "Escape", "G")
    assert window.run("return performance.getEntriesByType('resource').map(entry => entry.name)") == []
    assert [entry["message"] for entry in window.call("se/log", {"type": "browser"})] == []


HOSTILE = "</script><img src=x onerror=document.title='OWNED'>\x1b[2J\u202e\u2028]]>&lt;"


def test_a_hostile_recording_is_only_text(window: Browser, tmp_path: Path) -> None:
    header = Header(
        FORMAT, HOSTILE, "x", "3", Source(kind="lab", scenario=HOSTILE, title=HOSTILE), [LaneInfo(HOSTILE, HOSTILE)],
        sources={HOSTILE: HOSTILE * 3},
    )  # fmt: skip
    trace = Trace(header)
    recorder = Recorder(tmp_path / "hostile.muxviz", trace)
    events = [
        Event(n=0, t=0, beat=1, action=HOSTILE),
        Event(n=0, t=1, lane=HOSTILE, role="server", call=HOSTILE, fd=3, ret=1, at=(HOSTILE, 1)),
        Event(n=0, t=2, lane=HOSTILE, role="server", call="poll", ready=[(3, HOSTILE)], ret=1, at=(HOSTILE, 1)),
        Event(n=0, t=3, lane=HOSTILE, note=HOSTILE),
    ]
    for event in events:
        recorder.write(trace.append(event))
    recorder.annotate(trace.mark(2, HOSTILE))
    recorder.close()
    trace.close()
    out = tmp_path / "hostile.html"
    done = run_muxviz("export", tmp_path / "hostile.muxviz", out)
    assert done.returncode == 0, done.stderr
    window.open(f"file://{out}")
    for key in ("n", "n", "n", "n", "e", "Escape", "g", "]"):
        window.press(key)
        assert all(char.isprintable() for row in window.run(SCREEN) for char in row)
    assert window.run("return document.querySelectorAll('img, script').length") == 2
    assert "OWNED" not in window.call("title").replace("title='OWNED'", "")
    assert "\x1b" not in out.read_text() and "\u202e" not in out.read_text()


def test_two_exports_are_the_same_bytes(recordings: dict[str, Path], tmp_path: Path) -> None:
    for n in (1, 2):
        assert (
            run_muxviz("export", recordings["reset"], tmp_path / f"{n}.html", "--from", "b1", "--to", "b2").returncode
            == 0
        )
    first, second = ((tmp_path / f"{n}.html").read_bytes() for n in (1, 2))
    assert first == second
    assert b"http" not in first.replace(b"http-equiv", b"")
    assert json.loads(first.split(b'type="application/json">')[1].split(b"</script>")[0])["step"][0] is not None


def test_too_many_moments_are_refused_in_one_line(recordings: dict[str, Path], tmp_path: Path) -> None:
    from muxviz.export import ExportError, Options, page

    trace = load(recordings["echo"])
    with pytest.raises(ExportError, match="--from"):
        list(page(trace, Options(0, 6_000), lambda part: None))
    trace.close()


def test_no_words_of_a_recording_run_or_are_attributes(window: Browser, tmp_path: Path) -> None:
    """The title of a two-line recording once closed an attribute, and its handler ran when the page took the focus."""
    for number, words in enumerate(HOSTILE_WORDS[:4]):
        trace = poisoned(words)
        out = tmp_path / f"{number}.html"
        out.write_text("".join(FORMATS[".html"].write(trace, Options(-1, trace.ticks - 1), lambda part: None)))
        window.open(f"file://{out}")
        window.press("n", "n", "e", "Escape", "G", "]")
        assert window.run("return document.title").startswith("muxviz: ")
        assert "[native code]" in window.run("return String(window.alert)")
        assert window.run("return document.querySelectorAll('img, [onfocus], [onerror], [style*=red]').length") == 0
        names = window.run("return document.getElementById('screen').getAttributeNames().sort()")
        assert names == ["aria-label", "id", "style", "tabindex"], "the script sizes its font"
        assert [entry["message"] for entry in window.call("se/log", {"type": "browser"})] == []


XSS = rb"""{"muxviz": 1, "kernel": "6", "machine": "x", "python": "3", "source": {"kind": "run", "title": "x\" onfocus=\"document.title='PWNED-BY-RECORDING'\" y=\""}, "lanes": [{"lane": "edge", "title": "e"}]}
{"n": 0, "t": 0, "lane": "edge", "role": "server", "call": "recv", "fd": 5, "ret": 1, "step": 0}
"""  # noqa: E501
"""It ran once: the title closed `aria-label`, and the page gives the element the focus."""


def test_the_recording_that_ran_a_script_is_only_text(window: Browser, tmp_path: Path) -> None:
    (tmp_path / "xss.muxviz").write_bytes(XSS)
    assert run_muxviz("export", tmp_path / "xss.muxviz", tmp_path / "xss.html").returncode == 0
    window.open(f"file://{tmp_path}/xss.html")
    window.run("document.getElementById('screen').blur(); document.getElementById('screen').focus()")
    assert "onfocus" in window.run("return document.title"), "as text"
    assert window.run("return document.title") != "PWNED-BY-RECORDING"
    assert window.run("return document.activeElement.getAttributeNames().filter(name => name[0] == 'o')") == []
    assert "onfocus=" in window.run("return document.activeElement.ariaLabel")


def test_the_page_runs_nothing_that_is_put_into_it(
    page: tuple[str, Trace, str], window: Browser, tmp_path: Path
) -> None:
    """The policy's part, where the quoting fails: no handler, script, style or image of anybody else's."""
    text = Path(page[0].removeprefix("file://")).read_text(encoding="utf-8")
    put = (
        "<script>document.title = 'OWNED'</script><img src=x onerror=\"document.title = 'OWNED'\">"
        '<p tabindex=0 id=p onfocus="document.title = \'OWNED\'" style="position: fixed">p</p>'
    )
    (tmp_path / "put.html").write_text(text.replace("</body>", put + "</body>"), encoding="utf-8")
    window.open(f"file://{tmp_path}/put.html")
    window.run("document.getElementById('p').focus()")
    assert window.run("return document.activeElement.id") == "p"
    assert window.run("return document.title").startswith("muxviz: ")
    assert window.run("return getComputedStyle(document.getElementById('p')).position") == "static"
    assert len(rows(window)) > 20, "our own script runs"
    refused = [entry["message"] for entry in window.call("se/log", {"type": "browser"})]
    assert len(refused) >= 4 and all("Content Security Policy" in words for words in refused), refused
