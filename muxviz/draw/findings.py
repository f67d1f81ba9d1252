"""Findings on the screen: a lane's row of trouble, and the list with the evidence of one of them.

Observed and derived stand apart: what the events say, then the rule that follows from it, then what helps.
"""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len

from muxviz import printable
from muxviz.calls import WAITS
from muxviz.draw import words
from muxviz.draw.bars import offered
from muxviz.draw.grid import Grid, box, rule
from muxviz.draw.scene import Scene
from muxviz.draw.wire_samples import closing
from muxviz.draw.wrapping import wrap
from muxviz.events import Event
from muxviz.findings import RULES, Finding
from muxviz.findings import words as said
from muxviz.findings.store import Counted
from muxviz.language import _, say
from muxviz.trace import Trace

_COLUMNS: Final = (_("rule"), _("lane"), _("fd"), _("steps"), _("what"))
_COUNTED: Final[dict[Counted, str]] = {
    "wasted": _("report of data, then EAGAIN"),
    "saturated": _("wait as full as it could be"),
}
_MS: Final = 1_000_000
_STRANDED: Final = frozenset({"stranded-data", "stranded-connection"})


def wakeups(trace: Trace, finding: Finding, n: int) -> int:
    """How many wakeups a spin has had by event n; 0 for any other finding."""
    if not said.is_spin(finding):
        return 0
    last = n if finding.closed is None else min(n, finding.closed - 1)
    return trace.wakeups_between(finding.lane, finding.evidence[0], max(last, finding.opened))


def shouted(scene: Scene, lane: str, room: int) -> tuple[str, bool]:
    """A lane's row of trouble, and whether it is more than possible. Bytes of several fds are added up."""
    findings = scene.findings[lane]
    first = findings[0]
    alike = [one for one in findings if one.rule == first.rule]
    amount, more = None, len(findings) - 1
    if first.rule in _STRANDED and len(alike) > 1:
        amount, more = sum(one.amount(scene.n) or 0 for one in alike), len(findings) - len(alike)
    elif first.rule == "disarmed":  # what has come since lies there too, and nothing ends the finding
        fds = scene.lane(lane).fds
        amount, more = sum(fds[one.fd].unread for one in alike if one.fd in fds), len(findings) - len(alike)
    sure = first.sure(scene.n) != "possible"
    texts = said.shout(first, scene.n, wakeups(scene.trace, first, scene.n), amount)
    fd = scene.lane(lane).fds.get(first.fd)
    if fd is not None and fd.kind == "datagram" and first.rule in _STRANDED:
        loud = texts[-1]
        texts = [*(f"{loud} {what}" for what in words.lies(fd)), loud]
    variants = [text if sure else "?" + text[1:] for text in texts]
    if more:
        variants = [*(f"{text} +{more}" for text in variants), *variants]
    return words.fit(variants, room), sure


# --- the list --------------------------------------------------------------------------------------------------------


def listed(trace: Trace) -> list[Finding]:
    """What is in the list: everything that was found, the newest included."""
    return trace.findings.until(len(trace))


def chosen(trace: Trace, n: int, wanted: int | None) -> int:
    """The place in the list that is looked at: the wanted one, else the newest that was found by event n."""
    count = len(listed(trace))
    if wanted is None:
        wanted = max(0, len(trace.findings.until(n)) - 1)
    return max(0, min(wanted, count - 1))


def draw_findings(grid: Grid, scene: Scene) -> None:
    """The list over a faded picture, in a box as high as it needs to be."""
    every, kept = listed(scene.trace), scene.trace.findings
    width, most = min(grid.width - 2, 106), grid.height - (3 if grid.height >= 28 else 2)
    room = max(1, min(len(every), most - 18))
    needed = _fill(_Page(Grid(grid.width, grid.height), scene, 2, 1, width, most - 1, room), every)
    height = min(most, needed + 1)
    x, y = box(grid, say("findings"), _counts(len(every) + kept.more), width, height)
    _fill(_Page(grid, scene, x, y, width, y + height - 2, room), every)


def _counts(found: int) -> str:
    return say("{count} found · {rules} rules checked", count=found, rules=len(RULES))


def _fill(page: _Page, every: list[Finding]) -> int:
    """Everything in its order; returns the row behind it."""
    scene, kept = page.scene, page.scene.trace.findings
    if every:
        at = chosen(scene.trace, scene.n, scene.view.chosen)
        page.rows(every, at)
        page.evidence(every[at])
        page.derived(every[at])
        page.helps(every[at])
    else:
        nothing = (
            say("Nothing was found: every rule is clean.")
            if kept.known
            else say("This recording is of an older muxviz, and too long to be searched for findings.")
        )
        page.grid.put(page.x, page.y + 1, nothing, "text")
        page.y += 3
    if kept.known:
        page.clean(every)
    return page.y


def _where(trace: Trace, n: int) -> str:
    """`14`, or `n71` where the programs ran freely."""
    step = trace.tick_step(trace.tick_of(n))
    return str(step) if step is not None else f"n{n}"


def _when(trace: Trace, n: int) -> str:
    step = trace.tick_step(trace.tick_of(n))
    return say("step {step}", step=step) if step is not None else say("event {n}", n=n)


class _Page:
    """The box's inside, from row `y` on; nothing is written at `end` or below."""

    def __init__(self, grid: Grid, scene: Scene, x: int, y: int, width: int, end: int, room: int) -> None:
        self.grid, self.scene, self.x, self.y, self.width, self.end = grid, scene, x, y, width, end
        self.room = room
        """Findings that are listed."""
        self.right = x + width - 4
        self.wide = width >= 100
        self.stops = (0, 23, 32, 43, 57) if self.wide else (0, 23, 29, 36, 47)

    def _known(self, finding: Finding) -> int:
        """The moment whose knowledge is shown: the cursor's; of what was found later, the newest."""
        newest = len(self.scene.trace) - 1
        return newest if finding.opened > self.scene.n or self.scene.over else self.scene.n

    def rows(self, every: list[Finding], at: int) -> None:
        """The findings, as many as have room, around the chosen one."""
        grid, found = self.grid, self.scene
        for stop, name in zip(self.stops, _COLUMNS, strict=True):
            grid.put(self.x + 2 + stop, self.y, say(name), "dim")
        room = self.room
        first = max(0, min(at - room // 2, len(every) - room))
        for index, finding in enumerate(every[first : first + room], first):
            y = self.y + 1 + index - first
            if index == at:
                grid.shade(self.x - 1, y, self.width - 2, "cursor")
                grid.put(self.x, y, "►", "text.bold")
            later = finding.opened > found.n
            n = self._known(finding)
            sure = finding.sure(n)
            mark, style = ("!", "orange.bold") if sure in ("certain", "likely") else ("?", "yellow")
            if sure == "information" or finding.cancelled(n):
                mark, style = "·", "dim"
            plain = "faint" if later else "text"
            cells = (
                (f"{mark} {said.name(finding.rule)}", "faint" if later else style),
                (printable.text(finding.lane, 8), plain),
                (self._who(finding), plain),
                (self._span(finding, n), plain),
                (self._what(finding, n, self.right - self.x - 2 - self.stops[-1]), plain),
            )
            for place, (stop, (text, tone)) in enumerate(zip(self.stops, cells, strict=True)):
                behind = self.x + 1 + self.stops[place + 1] if place + 1 < len(self.stops) else self.right
                grid.put(self.x + 2 + stop, y, printable.clip(text, behind - self.x - 2 - stop), tone, end=behind)
        self.y += 1 + room
        tight = self.grid.height < 28
        hidden = len(every) - room + found.trace.findings.more
        if hidden:
            grid.put(self.x + 2, self.y, say("{count} more: ↑ ↓", count=hidden), "faint")
        self.y += 0 if tight and not hidden else 1

    def _who(self, finding: Finding) -> str:
        client = f" {printable.text(finding.client, 5)}" if finding.client else ""
        return f"{finding.fd}{client}"

    def _span(self, finding: Finding, n: int) -> str:
        begin = _where(self.scene.trace, finding.opened)
        if finding.closed is None or finding.closed > n:
            trace = self.scene.trace
            return f"{begin} – {say('end') if n == len(trace) - 1 and closing(trace[n]) else say('now')}"
        end = _where(self.scene.trace, finding.closed)
        return begin if end == begin else f"{begin} – {end}"

    def _what(self, finding: Finding, n: int, room: int) -> str:
        facts = said.facts(finding, n, wakeups(self.scene.trace, finding, n))
        sure = finding.sure(n)
        first = facts if sure == "certain" else f"{say(said.SURE[sure])}: {facts}"
        return words.fit([first, facts, said.brief(first), said.brief(facts)], room)

    def _rule(self, title: str) -> bool:
        if self.y + 1 >= self.end:
            return False
        rule(self.grid, self.x, self.y, self.width, title)
        self.y += 1
        return True

    def evidence(self, finding: Finding) -> None:
        """The events that it rests on, and the one that ended it."""
        if not self._rule(say("evidence: what was observed")):
            return
        n = self._known(finding)
        closing = (finding.closed,) if finding.closed is not None and finding.closed <= n else ()
        rows = (*finding.evidence, *(turn.n for turn in finding.turns[1:] if turn.n <= n), *closing)
        for k in dict.fromkeys(rows):
            event = self.scene.trace[k]
            self.grid.put(self.x, self.y, _when(self.scene.trace, k), "yellow")
            stop, note = (13, 46) if self.wide else (11, 39)
            call = words.fit(_observed(event, finding), note - stop - 1)
            self.grid.put(self.x + stop, self.y, call, "text", end=self.x + note - 1)
            text = noted = _noted(event, finding, n)
            if k in closing:
                end = said.ended(finding, n)
                noted, text = text, say("{noted}; {ended}", noted=text, ended=end) if text else end
            parts = [text, noted or text]
            self.grid.put(self.x + note, self.y, words.fit(parts, self.right - self.x - note), "dim", end=self.right)
            self.y += 1
        if not closing and (rest := said.ended(finding, n)):
            self.grid.put(self.x + (13 if self.wide else 11), self.y, rest, "dim")
            self.y += 1

    def derived(self, finding: Finding) -> None:
        """The rule in words, and how sure it is."""
        if not self._rule(say("rule: derived")):
            return
        text, sure = said.derived(finding, self._known(finding))
        for line in [*wrap(text, self.width - 5)[:3], sure]:
            if self.y < self.end:
                self.grid.put(self.x, self.y, printable.clip(line, self.right - self.x), "text")
            self.y += 1

    def helps(self, finding: Finding) -> None:
        """What mends it, with the keys that do it here, and the page of the manual."""
        if not self._rule(say("what helps")):
            return
        offers = offered(self.scene)
        offers = offers if self.wide else offers.partition(":")[0]
        keys = [("d", printable.text(offers, 36))] if offers and self.scene.view.replay is None else []
        keys.append(("man", said.WORDS[finding.rule].manual))
        middle = self.width - (42 if self.wide else 29)
        for row, text in enumerate(said.helps(finding)):
            if self.y + row < self.end - 2:
                self.grid.put(self.x, self.y + row, printable.clip(text, middle - 1), "text")
        for row, (key, what) in enumerate(keys):
            if self.y + row < self.end - 2:
                at = self.grid.put(self.x + middle, self.y + row, key, "text.bold")
                self.grid.put(at + 2, self.y + row, printable.clip(what, self.right - at - 2), "dim", end=self.right)
        self.y += max(len(said.helps(finding)), len(keys))

    def clean(self, every: list[Finding]) -> None:
        """The rules that found nothing, and what is only counted."""
        self.y = min(self.y, self.end - 2)
        rule(self.grid, self.x, self.y, self.width, "")
        self.y += 1
        broken = {one.rule for one in every}
        names = [said.name(one) for one in RULES if one not in broken]
        for line in [*_joined(say("clean:"), names, self.width - 5), *self._counted()]:
            if self.y < self.end and cell_len(line):
                self.grid.put(self.x, self.y, printable.clip(line, self.right - self.x), "dim")
                self.y += 1

    def _counted(self) -> list[str]:
        trace, n = self.scene.trace, self.scene.n
        parts = []
        for what, one in _COUNTED.items():
            counts = trace.findings.counted(what, n)
            if counts:
                by_lane = ", ".join(f"{printable.text(lane, 8)} {count}×" for lane, count in counts.items())
                parts.append(f"{say(one)} ({by_lane})")
        return [say("counted: {what}", what=" · ".join(parts))] if parts else []


def _joined(head: str, names: list[str], width: int) -> list[str]:
    """Names with dots between them, none of them parted."""
    lines = [head]
    for index, name in enumerate(names):
        part = f" {name} ·" if index + 1 < len(names) else f" {name}"
        if cell_len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] = (lines[-1] + part).lstrip()
    return lines if names else []


def _observed(event: Event, finding: Finding) -> list[str]:
    """What an event was, `epoll_wait → fd 5 IN`."""
    if event.call is None:
        if event.exit is not None:
            return [say("the program ended")]
        return [say("seen from outside")]
    for number, flags in event.ready or ():
        if number == finding.fd:
            return [f"{event.call} → fd {number} {' '.join(words.flags(flags))}", f"{event.call} → fd {number}"]
    return words.call(event)


def _noted(event: Event, finding: Finding, n: int) -> str:
    """What that event shows of the fd."""
    looked = event.queues.get(str(finding.fd))
    if looked is not None and finding.rule == "stranded-connection" and looked.accepts is not None:
        return say("{count} to accept", count=looked.accepts)
    if looked is not None and looked.recv is not None:
        return say("{bytes} unread", bytes=words.bytes_(looked.recv))
    if said.is_spin(finding) and event.n == finding.opened:
        return say("the fourth in a row, with no call on the fd")
    slept = (event.took or 0) // _MS
    if event.call in WAITS and event.n == finding.evidence[-1] and not said.is_spin(finding) and slept:
        return say("slept {ms} ms", ms=slept)
    amount = finding.amount(n)
    if event.phase is not None and amount is not None and not said.WORDS[finding.rule].timed:
        return say("begun with {things} there", things=said.counted(said.WORDS[finding.rule].amounts, amount))
    return ""
