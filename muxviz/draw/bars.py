"""The single rows: header, sentence, timeline, keys."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len

from muxviz import printable
from muxviz.draw import words
from muxviz.draw.grid import Grid
from muxviz.draw.scene import Scene, name, short_name
from muxviz.draw.wrapping import wrap
from muxviz.language import _, of_fix, of_scenario, say, together
from muxviz.words import begun, explain, subject

Keys = tuple[tuple[str, str], ...]

KEYS: Final[Keys] = (
    ("n/N", "step"),
    ("w/W", "wakeup"),
    ("b/B", "client action"),
    ("space", "play"),
    ("tab", "lane"),
    ("d", ""),
    ("k", "drive client"),
    ("f", "follow next client"),
    ("s", "step this lane"),
    ("i", "IN or OUT wire"),
    ("r", "record"),
)
"""The key row's keys, the most needed first. What `d` does is the scenario's to say."""
REPLAY_KEYS: Final[Keys] = (
    ("space", "play"),
    ("< >", "speed"),
    ("n/N", "step"),
    ("w/W", "wakeup"),
    ("b/B", "client action"),
    ("v/V", "finding"),
    ("m", "mark"),
    (":", "go to"),
    ("x", "time axis"),
    ("/", "ask"),
    ("tab", "lane"),
)
"""The same in a recording."""
TRACE_KEYS: Final[Keys] = (
    ("n/N", "call"),
    ("w/W", "wakeup"),
    ("v/V", "finding"),
    ("space", "play"),
    ("|", "filter"),
    ("tab", "lane"),
    ("f", "follow next fd"),
    ("/", "ask"),
    ("e", "event"),
    (":", "go to"),
    ("m", "mark"),
    ("x", "time axis"),
)
"""The same of traced programs, which have no scenario and no steps."""
_SCENARIO_KEYS: Final = frozenset({"b/B", "d"})
"""Keys that mean something only where a scenario's clients and servers are at work."""
_NARROW: Final = {"tab": ("1–4 tab", "other lanes"), "f": ("f", "next client")}
"""What a key is called where not all lanes are in sight, or room is short."""


def draw_header(grid: Grid, scene: Scene) -> None:
    """Which scenario, in which state, at which step."""
    trace, view, width = scene.trace, scene.view, scene.width
    grid.shade(0, 0, width, "raised")
    source = trace.header.source
    left = printable.text(view.name or source.scenario or source.kind, 40)
    about = printable.text(view.title or source.title, 90)
    tone = "text.bold"
    if source.scenario is not None and about and about == source.title and not source.fix:
        about = of_scenario(source.scenario, "title", about)
    elif source.fix:
        about = _of_fix(about)
    if view.replay is not None:
        left, about = say("replay"), printable.text(view.replay, 90)
        tone = "violet.bold"
    every = (
        *_modes(scene), _fix(scene), _state(scene), _step(scene), _action(scene), _newer(scene), _filter(scene),
        _unread_lines(scene), _score(scene),
    )  # fmt: skip
    parts = [part for part in every if part]
    record = "REC" if view.recording else ""
    end = width - 1
    if record:
        end = grid.right(end, 0, record, "text.bold", "raised") - 3
    for part in reversed(parts):
        end = grid.right(end, 0, part, "text", "raised") - 3
    at = grid.put(1, 0, "muxviz", "text.bold", "raised", end) + 2
    if at + 4 < end:
        at = grid.put(at, 0, printable.clip(left, end - at), tone, "raised", end) + 2
    if at + 12 < end:
        grid.put(at, 0, printable.clip(about, end - at), "dim", "raised", end)


def _modes(scene: Scene) -> list[str]:
    """How a traced program is watched, where that is not the ordinary way."""
    source = scene.trace.header.source
    known = []
    if isinstance(source.attached, list):
        known.append(say("attached to {count} processes", count=len(source.attached)))
    elif source.attached is not None:
        known.append(say("attached to pid {pid}", pid=source.attached))
    if source.only == "waits":
        known.append(say("waits only"))
    if source.slow is not None:
        known.append(say("slow ×: {ms} ms a wait", ms=source.slow))
    return known


def _filter(scene: Scene) -> str:
    """What is let through, and how much of it there is."""
    of = scene.view.filter
    if of is None:
        return ""
    text = printable.text(of.text, 32 if scene.width >= 112 else 16)
    count = f"{of.until(scene.n)}/{len(of)}"
    if not of.done:
        return say("filter: {text}  {count}, looked at {part}", text=text, count=count, part=f"{of.progress:.0%}")
    return say("filter: {text}  {count}", text=text, count=count)


def _unread_lines(scene: Scene) -> str:
    """Lines of strace's that could not be read, as far as the session has told of them."""
    count = max(scene.view.unread_lines, scene.trace.now.unread_lines)
    if not count:
        return ""
    return say("1 line unread") if count == 1 else say("{count} lines unread", count=f"{count:,}")


def _fix(scene: Scene) -> str:
    name = scene.trace.header.source.fix
    return say("{fix} on", fix=printable.text(name, 16)) if name else ""


def offered(scene: Scene) -> str:
    """What the fix key does, as the session says it."""
    return _of_fix(printable.text(scene.trace.header.source.offers or "", 40))


def _of_fix(told: str) -> str:
    """`drain: read until EAGAIN`, with what it does in the language in use."""
    name, colon, what = told.partition(": ")
    return name + colon + of_fix(what)


def _state(scene: Scene) -> str:
    view = scene.view
    if scene.over:
        return say("the end")
    if scene.behind == 0 and scene.lanes and all(scene.lane(lane).status == "ended" for lane in scene.lanes):
        return say("ended")
    if view.playing is not None and view.pace is not None:
        return say("► playing {pace}", pace=view.pace)
    if view.playing is not None and not scene.subject.stepped:
        return say("► playing, {speed} calls/s", speed=f"{view.playing:g}") if scene.width >= 100 else say("► playing")
    if view.playing is not None:
        if scene.width < 100:
            return say("► playing")
        if view.playing == 1:
            return say("► playing, 1 step/s")
        return say("► playing, {speed} steps/s", speed=f"{view.playing:g}")
    if view.running and scene.behind == 0:
        return say("running freely") if scene.width >= 100 else say("running")
    if view.goes_on:
        return say("runs on")
    if not scene.subject.stepped:
        return say("paused")
    if view.busy:
        return say("held, servers busy") if scene.width >= 100 else say("busy")
    return say("held") if view.replay is None else say("paused")


def _step(scene: Scene) -> str:
    if scene.n < 0 or not begun(scene.trace, scene.n):
        return say("before the first step") if scene.subject.stepped else say("before the first call")
    trace = scene.trace
    step, newest = scene.state.step, trace.tick_step(trace.ticks - 1)
    if trace.tick_step(scene.tick) is None or step is None:
        return say("call {n}", n=f"{scene.tick}/{trace.ticks - 1}" if scene.behind else scene.tick)
    behind = f"/{newest}" if scene.behind and newest is not None else ""
    return say("step {n}", n=f"{step}{behind}")


def _newer(scene: Scene) -> str:
    if not scene.behind:
        return ""
    if scene.width < 112:
        return f"+{scene.behind}"
    if scene.behind == 1:
        return say("{count} newer event", count=1)
    return say("{count} newer events", count=scene.behind)


def _score(scene: Scene) -> str:
    return scene.view.predicting.score if scene.view.predicting is not None else ""


def _action(scene: Scene) -> str:
    trace = scene.trace
    done, total = trace.actions_done(scene.n), scene.view.beats_total or len(trace.header.beats)
    total = max(total + trace.now.driven, len(trace.actions())) if total else 0
    if not done and not total:
        return ""
    count = f"{done}/{total}" if total else done
    return say("client action {count}", count=count) if scene.width >= 76 else say("action {count}", count=count)


def source_kind(scene: Scene) -> str:
    """What the session is: `lab`, `run`, `trace`."""
    return scene.trace.header.source.kind


def draw_sentence(grid: Grid, scene: Scene, y: int, rows: int) -> None:
    """Sentences on the event at the cursor; whole ones are dropped from the end where they don't fit, never cut."""
    predicting = scene.view.predicting
    if predicting is not None and predicting.choices:
        _sentences(grid, scene, y, rows, say("predict"), "violet", predicting.question)
        return
    if predicting is not None and predicting.said is not None:
        of, said = predicting.said
        tone = "focus" if predicting.verdicts.get(of) else "orange"
        _sentences(grid, scene, y, rows, name(scene, of), tone, said)
        return
    n = subject(scene.trace, scene.n, scene.state, scene.focus)
    sentences = explain(scene.trace, n, scene.state)
    event = scene.trace[n] if n >= 0 else None
    lane = event.lane if event is not None else None
    troubled = lane is not None and scene.trouble(lane)
    who = _short(scene, lane) if lane is not None else say("clients") if event is not None and event.action else ""
    bar = "orange" if troubled else "violet" if lane is None and who else "focus"
    _sentences(grid, scene, y, rows, who, bar, sentences, "dim" if lane is not None else "violet")


def _short(scene: Scene, lane: str) -> str:
    """A lane's name before its sentence: of traced programs, which share one, what tells them apart."""
    if scene.subject.alike:
        return name(scene, lane)
    return short_name(lane, 7) if len(scene.lanes) > 1 else ""


def _sentences(
    grid: Grid, scene: Scene, y: int, rows: int, who: str, bar: str, sentences: list[str], style: str = "dim"
) -> None:
    """Who, a bar, and as many whole sentences as the rows hold."""
    width = min(112, scene.width - 11)
    lines: list[str] = []
    for count in range(len(sentences), 0, -1):
        lines = wrap(together(sentences[:count]), width)
        if len(lines) <= rows:
            break
    grid.put(1, y, who, style, end=8)
    for row in range(rows):
        grid.put(8, y + row, "▌", bar)
        if row < len(lines):
            grid.put(10, y + row, printable.clip(lines[row], width), "text")


def _of_watched(scene: Scene) -> Keys:
    """A traced program that runs is paused by a key, and let go on by it."""
    view = scene.view
    ended = all(scene.lane(lane).status == "ended" for lane in scene.lanes)
    if not view.live or (scene.behind == 0 and ended):
        return TRACE_KEYS
    return (("c", _("pause") if view.running or view.goes_on else _("let it go on")), *TRACE_KEYS)


def draw_keys(grid: Grid, scene: Scene, hidden: int, keys: Keys = KEYS) -> None:
    """The keys that fit, the most needed first, and `? help` at the right end. Or the news, until the next key."""
    y, width = scene.height - 1, scene.width
    grid.shade(0, y, width, "raised")
    if scene.view.notice is not None:
        news = (scene.view.notice,) if isinstance(scene.view.notice, str) else scene.view.notice
        grid.put(1, y, words.fit(map(printable.text, news), width - 2), "yellow", "raised")
        return
    if keys is KEYS:
        own = REPLAY_KEYS if scene.view.replay is not None else KEYS
        keys = own if scene.subject.stepped else _of_watched(scene)
    if scene.view.overlay == "findings":
        keys, hidden = (("↑ ↓", _("choose")), ("enter", _("go there")), ("escape", _("back"))), 0
    elif scene.view.overlay is not None:
        more = (("?", _("the words")),) if scene.view.overlay == "help" else ()
        keys, hidden = (("escape", _("back")), *more, ("ctrl+p", _("every command by name"))), 0
    end = grid.right(width - 1, y, say("? help"), "text", "raised")
    grid.tone(end, y, 1, "text.bold")
    if not scene.trace.header.beats and not scene.trace.actions():
        keys = tuple(pair for pair in keys if pair[0] not in _SCENARIO_KEYS)
    if source_kind(scene) == "run" and scene.view.replay is None and scene.view.overlay is None:
        reads = (("I", _("type input")),) if scene.view.reading else ()
        keys = (*keys[:1], *reads, *keys[1:4], ("O", _("the wire") if scene.view.printed else _("output")), *keys[4:])
    if scene.shows_cost:
        keys = (*keys[:3], ("C", _("the wire")), *(pair for pair in keys[3:] if pair[0] not in ("i", "f")))
    keys = tuple((key, say(what)) for key, what in keys)
    narrow = {key: (other, say(what)) for key, (other, what) in _NARROW.items()} | {
        "d": ("d", offered(scene).partition(":")[0])
    }
    chosen = [
        narrow[key] if key in narrow and (hidden or (key != "tab" and width < 112)) else (key, what or offered(scene))
        for key, what in keys
    ]
    chosen = [pair for pair in chosen if pair[1]]
    if hidden:
        chosen.sort(key=lambda pair: not pair[0].startswith("1–4"))
        chosen.insert(3, chosen.pop(0))
    at = 1
    for key, what in chosen:
        if at + cell_len(key) + 1 + cell_len(what) > end - 2:
            continue
        at = grid.put(at, y, key, "text.bold", "raised")
        at = grid.put(at + 1, y, what, "dim", "raised") + 2
