"""A traced lane's descriptors as a table: what each leads to, what is asked, what was reported, what is unread.

Nobody looks at a traced program's queues, as a rule: then the column says what calls prove (`muxviz.kernel.proof`), and
`?` where they prove nothing. A 0 is always one that was seen or proved.

Where there are more than there is room for, those that something was done with most recently are shown, in the order
of their numbers, so that a row stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from muxviz.draw import words
from muxviz.draw.findings import shouted
from muxviz.draw.grid import Grid
from muxviz.draw.scene import Scene
from muxviz.draw.selection import name_of
from muxviz.draw.words import fd_label
from muxviz.kernel import FdState
from muxviz.kernel.proof import looked_at, proved
from muxviz.language import _, say


class _Column(NamedTuple):
    """A column: its heading, its width, and what a row has in it with a style."""

    heading: str
    width: int
    cell: Callable[[FdTable, FdState], tuple[list[str], str]]
    right: bool = False


class FdTable:
    """The descriptors of one lane in a rectangle."""

    def __init__(self, grid: Grid, scene: Scene, lane: str, x: int, width: int) -> None:
        self.grid, self.scene, self.lane = grid, scene, lane
        self.x, self.end, self.width = x, x + width, width
        self.state = scene.lane(lane)
        self.newest = scene.newest(lane)
        self.bad = {one.fd for one in scene.findings.get(lane, ())}
        self.unknown = False
        """A `?` was drawn."""

    def draw(self, y: int, height: int, *, heading: bool) -> None:
        """Heading, rows, and a last line for trouble and for what is not shown."""
        if height <= 0:
            return
        last = y + height - 1
        y += heading
        fds = self._chosen(max(0, last - y))
        columns = self._columns(fds)
        if heading:
            self._heading(y - 1, columns)
        for row, fd in enumerate(fds):
            self._row(y + row, fd, columns)
        if not fds and height > 1:
            self.grid.put(self.x, y, say("no fd that muxviz knows of"), "faint", end=self.end)
        self._last(last, len(self.state.fds) - len(fds))

    def _chosen(self, room: int) -> list[FdState]:
        """The followed one, what something was done with last, in their order."""
        fds = self.state.fds
        if len(fds) <= room:
            return [fds[number] for number in sorted(fds)]
        mine = self.scene.client if self.lane == self.scene.focus else None
        several = list(fds.values())
        ranked = sorted(several, key=lambda fd: (self._always(fd, mine), fd.used or fd.opened), reverse=True)
        return sorted(ranked[:room], key=lambda fd: fd.fd)

    def _always(self, fd: FdState, mine: str | None) -> bool:
        return name_of(fd.fd) == mine or fd.fd in self.bad

    # --- columns -----------------------------------------------------------------------------------------------------

    def _columns(self, fds: list[FdState]) -> list[_Column]:
        wide, very = self.width >= 48, self.width >= 64
        longest = len(str(max(self.state.fds, default=0)))
        asked = max((len(" ".join(words.asked(fd.interest))) for fd in fds), default=0)
        flags = min(max(asked + 2, 6), 16) if self.width >= 40 else 0
        unread = 9 if wide else 5
        moved = 7 if very else 0
        number = 4 + longest
        reported = 16 if wide else 11 if self.width >= 34 else 8
        rest = self.width - number - flags - reported - unread - 2 * moved
        found = [
            _Column("fd", number, FdTable._number),
            _Column("", max(4, rest), FdTable._what),
            _Column(say("asks"), flags, FdTable._asks),
            _Column(say("reported"), reported, FdTable._reported),
            _Column(say("unread"), unread, FdTable._unread, right=True),
            _Column(say("in"), moved, lambda table, fd: _count(fd.received), right=True),
            _Column(say("out"), moved, lambda table, fd: _count(fd.sent), right=True),
        ]
        return [column for column in found if column.width]

    def _heading(self, y: int, columns: list[_Column]) -> None:
        end = self.x + sum(column.width for column in columns)
        x, free = end, end
        for column in reversed(columns):  # one that stands at the right of its column may be longer than that is wide
            x -= column.width
            if column.right:
                free = self.grid.right(x + column.width, y, column.heading, "faint") - 1
            else:
                self.grid.put(x, y, words.fit([column.heading], min(free, x + column.width - 1) - x), "faint")
                free = x

    def _row(self, y: int, fd: FdState, columns: list[_Column]) -> None:
        x = self.x
        if self.lane == self.scene.focus and name_of(fd.fd) == self.scene.client:
            self.grid.put(x - 1, y, "►", "violet")
        for column in columns:
            variants, style = column.cell(self, fd)
            text = words.fit(variants, column.width - 1)
            if column.right:
                self.grid.right(x + column.width, y, text, style)
            else:
                self.grid.put(x, y, text, style, "yellow" if style == "yellow.bold" and text else None, end=self.end)
            x += column.width

    def _number(self, fd: FdState) -> tuple[list[str], str]:
        if fd.fd in self.bad:
            return [f"fd {fd.fd}", str(fd.fd)], "orange.bold"
        mine = self.lane == self.scene.focus and name_of(fd.fd) == self.scene.client
        fresh = self.scene.in_tick(fd.used)
        return [f"fd {fd.fd}", str(fd.fd)], "violet.bold" if mine else "text" if fresh else "dim"

    def _what(self, fd: FdState) -> tuple[list[str], str]:
        if fd.kind == "epoll":
            count = sum(1 for other in self.state.fds.values() if other.epoll == fd.fd and other.interest)
            watches = say("epoll, watches 1 fd") if count == 1 else say("epoll, watches {count}", count=count)
            return [watches, "epoll"], "dim"
        ghost = (
            [say("ghost of fd {fd}", fd=fd.ghost), say("ghost fd {fd}", fd=fd.ghost)] if fd.ghost is not None else []
        )
        return ghost or fd_label(fd), "text" if self.scene.in_tick(fd.used) else "dim"

    def _asks(self, fd: FdState) -> tuple[list[str], str]:
        if fd.disarmed:
            return [say("disarmed")], "dim"
        flags = words.asked(fd.interest)
        return [" ".join(flags), " ".join(flags[:1]) + "…" * (len(flags) > 1)], "dim"

    def _reported(self, fd: FdState) -> tuple[list[str], str]:
        flags = " ".join(words.flags(fd.reported))
        if fd.reported_n is None:
            return [say("never yet") if fd.interest else ""], "faint"
        if self.scene.in_tick(fd.reported_n):
            return [say("{flags} now", flags=flags), flags], "yellow.bold"
        ago = words.ago(self.scene.state.t - self.scene.trace[fd.reported_n].t)
        return [f"{flags} {ago}", ago], "dim"

    def _unread(self, fd: FdState) -> tuple[list[str], str]:
        """A number where one was seen, `some` and 0 where calls prove it, `?` where nothing does."""
        if fd.kind == "epoll":
            return [""], "faint"
        level = proved(fd, self.newest, at=self.scene.n)
        style = "orange.bold" if fd.fd in self.bad else "blue.bold"
        if level == "high":
            if fd.eof or (looked_at(fd) and not fd.unread):
                return [say("the end"), say("end")], style
            if looked_at(fd) and fd.unread:
                return [str(fd.unread), words.short(fd.unread)], style
            return [say("some")], style
        if level == "low":
            return ["0"], "faint"
        self.unknown = True
        return [say("? unknown"), "?"], "orange.bold" if fd.fd in self.bad else "faint"

    def _last(self, y: int, hidden: int) -> None:
        """Trouble; how many fds have no row; what the `?` is."""
        end = self.end
        if hidden > 0:
            end = self.grid.right(end, y, say("+{count} more", count=f"{hidden:,}"), "dim") - 2
        if self.scene.findings.get(self.lane):
            text, sure = shouted(self.scene, self.lane, end - self.x)
            self.grid.put(self.x, y, text, "orange.bold" if sure else "yellow", end=end)
        elif self.unknown:
            told = words.fit([say(_UNKNOWN[0]), say(_UNKNOWN[1]), ""], end - self.x)
            self.grid.put(self.x, y, told, "faint", end=end)


_UNKNOWN: Final = (_("? unknown: nobody looks, and no call proves it"), _("? unknown: nobody looks"))


def _count(number: int) -> tuple[list[str], str]:
    return [f"{number:,}" if number else "·", words.short(number)], "dim" if number else "line"


def summary(scene: Scene, lane: str) -> list[str]:
    """`4 fds open, 2 watched`, in the lower border."""
    fds = scene.lane(lane).fds
    watched = sum(1 for fd in fds.values() if fd.interest)
    opened = say("1 fd") if len(fds) == 1 else say("{count} fds", count=f"{len(fds):,}")
    return [say("{fds}, {count} watched", fds=opened, count=f"{watched:,}"), opened]
