"""The lower half of a lane: what the kernel holds for each fd, and what it said of it."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len

from muxviz import printable
from muxviz.draw import words
from muxviz.draw.grid import Grid
from muxviz.draw.layout import Layout
from muxviz.draw.scene import Scene, reported
from muxviz.draw.subjects import find, is_fd, said
from muxviz.events import split
from muxviz.state import FdState

_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_BAR: Final = 48
"""A longer bar tells nothing more, and its number would be far away."""


class Kernel:
    """One lane's rows: listener, clients in their order, trouble."""

    def __init__(self, grid: Grid, found: Scene, plan: Layout, lane: str, x: int, width: int) -> None:
        self.grid, self.found, self.plan, self.lane = grid, found, plan, lane
        self.x, self.end, self.width = x + 2, x + width - 2, width - 4
        self.state = found.lane(lane)
        self.wide = self.width >= 36

    def draw(self, y: int) -> None:
        last = y + self.plan.kernel - 1
        self._listener(y)
        at, left = y + 1, self.plan.clients
        clients = self.found.clients
        hidden = 0
        for client in self._in_view(clients):
            if client == self.found.client:
                at = self._full(client, at)
            elif left:
                self._folded(client, at)
                at, left = at + 1, left - 1
            else:
                hidden += 1
        hidden += max(0, len(clients) - len(self._in_view(clients)))
        if self.plan.payload:
            self._payload(last - 1)
        self._trouble(last, hidden)

    def _payload(self, y: int) -> None:
        """The first bytes that the newest call moved."""
        event = self.found.newest(self.lane)
        if event is None or event.data is None:
            return
        now = self.found.in_tick(event.n)
        at = self.grid.put(self.x, y, "data   ", "text", end=self.end)
        words_ = printable.clip(printable.text(f'"{event.data}"'), self.end - at)
        self.grid.put(at, y, words_, "blue" if now else "faint", end=self.end)

    def _in_view(self, clients: list[str]) -> list[str]:
        """The followed client, what the newest call is about, and as many neighbours as have a row, in their order."""
        room = self.plan.clients + 1
        current = self.found.at_work(self.lane)
        chosen = self._neighbours(clients, room)
        if room < 2 or current in (None, self.found.client, *chosen) or current not in clients:
            return chosen
        spare = next((client for client in reversed(chosen) if client != self.found.client), None)
        return [client for client in clients if client == current or (client in chosen and client != spare)]

    def _neighbours(self, clients: list[str], room: int) -> list[str]:
        if len(clients) <= room or self.found.client not in clients:
            return clients[:room] if self.found.client in clients[:room] else clients[: room - 1] + [
                client for client in clients if client == self.found.client
            ]  # fmt: skip
        at = clients.index(self.found.client)
        begin = max(0, min(at - room // 2, len(clients) - room))
        return clients[begin : begin + room]

    def _two(self, y: int, left: tuple[str, str, str], right: str, style: str, back: str | None = None) -> None:
        """A row with words at both ends; `left` is (violet words, dim words, ignored)."""
        at = self.grid.put(self.x, y, left[0], left[2], end=self.end)
        self.grid.put(at, y, left[1], "dim", end=self.end)
        self.grid.right(self.end, y, right, style, back)

    def _listener(self, y: int) -> None:
        listeners = self.state.listeners()
        if not listeners:
            return
        fd = listeners[0]
        waiting = fd.queues.accepts or 0
        now = self.found.in_tick(fd.reported_n)
        right, style = ("quiet", "faint") if not waiting else (f"{waiting} to accept", "blue")
        if waiting and now:
            right, style = (
                words.fit([f"reported, {waiting} to accept", f"{waiting} to accept"], self.width - 14),
                "yellow",
            )
        if fd.stranded:
            style = "orange.bold"
        self._two(y, ("listener", f" fd {fd.fd}", "text"), right, style)

    def _full(self, client: str, y: int) -> int:
        """The followed client: who, what was asked, what was reported, its queues. Returns the row behind."""
        fd = find(self.state, client)
        rows = 2 + len(self.plan.queues)
        who = said(client)
        if fd is None:
            self._two(y, (who, "", "violet.bold"), "not open" if is_fd(client) else "not accepted", "faint")
            return y + rows
        if fd.closed is not None:
            error = printable.text(fd.error or "", 14)
            how = [f"closed after {error}", "closed, broken"] if error else ["closed"]
            self._two(y, (who, "", "violet.bold"), words.fit(how, self.width - cell_len(who) - 1), "faint")
            return y + rows
        flags = " ".join(words.asked(fd.interest))
        where = "" if is_fd(client) else f" fd {fd.fd}"
        room = self.width - cell_len(who + where) - 1
        asks = words.fit([f"asks {flags}", flags, flags.replace(" ", "·")], room) if flags else "asks nothing"
        self._two(y, (who, where, "violet.bold"), printable.clip(asks, room), "dim")
        self._reported(client, fd, y + 1)
        for row, queue in enumerate(self.plan.queues):
            self._queue(queue, fd, y + 2 + row)
        return y + rows

    def _reported(self, client: str, fd: FdState, y: int) -> None:
        grid, found = self.grid, self.found
        unlike = "reported" in found.unlike.get(self.lane, ())
        if unlike:
            grid.put(self.x - 1, y, "≠", "orange.bold" if fd.stranded else "text.bold")
        shown = set(split(reported(found, self.lane, client)))
        now = found.in_tick(fd.reported_n) and bool(shown)
        style = "yellow.bold" if shown else "faint"
        at = grid.put(self.x, y, "reported ", "dim", end=self.end)
        right, right_style = self._when(fd, bool(shown), now)
        if right_style == "dim" and at + 2 > self.end - cell_len(right) - 1:
            right = right.removeprefix("last: ")
        limit = self.end - cell_len(right) - 1
        places = self._places(fd)
        if at + sum(len(place) + 1 for place in places) - 1 > limit:
            places = [place for place in places if place in shown] or ["··"]
        for place in places:
            if place in shown:
                at = grid.put(at, y, place, style, "yellow" if now else None, self.end) + 1
            else:
                at = grid.put(at, y, "·" * len(place), "line", None, self.end) + 1
        if at - 1 <= limit:
            grid.right(self.end, y, right, right_style)

    def _when(self, fd: FdState, shown: bool, now: bool) -> tuple[str, str]:
        """When the newest report of this fd came."""
        if fd.reported_n is None:
            return "never yet", "faint"
        if now:
            return "now", "yellow.bold"
        step = fd.reported_step
        when = f"step {step}" if step is not None else words.ago(self.found.state.t - self.found.trace[fd.reported_n].t)
        return (when, "dim") if shown else (f"last: {when}", "dim")

    def _places(self, fd: FdState) -> list[str]:
        """The flags that have a place in the row: those that a wait of this trace reported, in this lane's words."""
        sides = all(part in "RWX" for part in split(fd.interest)) and bool(fd.interest)
        seen: set[str] = set()
        for combination in tuple(self.found.trace.extent.reported):
            seen.update(split(combination))
        seen |= set(split(fd.reported)) or ({"R"} if sides else {"IN"})
        letters = {"R", "W", "X"}
        return words.flags("|".join(seen & letters if sides else seen - letters))

    def _queue(self, queue: str, fd: FdState, y: int) -> None:
        """A bar and the exact number; all bars of a trace have one scale."""
        value = {"unread": fd.unread, "queued": fd.queues.queued or 0, "unsent": _unsent(fd)}[queue]
        grid, found = self.grid, self.found
        stranded = queue == "unread" and fd.stranded
        if queue == "unread" and "unread" in found.unlike.get(self.lane, ()):
            grid.put(self.x - 1, y, "≠", "orange.bold" if stranded else "text.bold")
        words_ = _PLACES[queue] if self.wide else queue
        grid.put(self.x, y, words_, "dim")
        style = "orange" if stranded else ("blue" if queue == "unread" else "text") if value else "faint"
        begin = self.x + (18 if self.wide else 9)
        looked = queue != "unread" or fd.queues.recv is not None
        number = str(value) if looked else "?"
        cells = max(0, min(_BAR, self.end - max(6, len(number) + 1) - begin))
        most = max(1, found.trace.extent.most)
        full, part = divmod(round(min(value, most) / most * cells * 8), 8)
        bar = "█" * full + (_EIGHTHS[part] if part and full < cells else "")
        grid.put(begin, y, "░" * cells, "line")
        grid.put(begin, y, bar, style)
        if part and full < cells:
            grid.put(begin + full, y, _EIGHTHS[part], style)
        end = self.end if cells < _BAR else begin + cells + 8
        grid.right(end, y, number, f"{style}.bold" if value else "faint")

    def _folded(self, client: str, y: int) -> None:
        """Another client in one line."""
        fd = find(self.state, client)
        who = said(client)
        if fd is None or fd.closed is not None:
            missing = "not open" if is_fd(client) else "not accepted"
            self._two(y, (who, "", "violet"), "closed" if fd is not None else missing, "faint")
            return
        now = self.found.in_tick(fd.reported_n)
        flags = " ".join(words.flags(fd.reported)) if now else ""
        parts = [f"{fd.unread} unread"] if fd.unread else []
        parts += [f"{fd.queues.queued} queued"] if fd.queues.queued else []
        quiet = ", ".join(parts) or ("quiet" if fd.queues.recv is not None else "not looked at")
        where = "" if is_fd(client) else f" fd {fd.fd}"
        room = self.width - cell_len(who + where) - 1
        text = words.fit([f"{flags} now, {quiet}", f"{flags} now", flags] if now else [quiet, "data"], room)
        style = "orange.bold" if fd.stranded else "yellow" if now else "blue" if parts else "faint"
        self._two(y, (who, where, "violet"), text, style)

    def _trouble(self, y: int, hidden: int) -> None:
        """The row that is kept for trouble; what else has no room stands at its right end."""
        stranded = self.state.stranded
        end = self.end
        if hidden:
            more = "more" if any(map(is_fd, self.found.clients)) else f"more client{'s' * (hidden > 1)}"
            end = self.grid.right(self.end, y, f"+{hidden} {more}", "faint") - 1
        if not stranded:
            return
        joint = words.on_what(stranded, " unread")
        text = words.fit([f"! STRANDED {joint}", f"! {joint}", "! STRANDED"], end - self.x)
        self.grid.put(self.x, y, text, "orange.bold", end=end)


_PLACES: Final = {"unread": "unread in kernel", "queued": "queued in program", "unsent": "unsent in kernel"}


def _unsent(fd: FdState) -> int:
    """Bytes that the kernel keeps for the client. Unacknowledged ones decay by a timer and are left out."""
    return fd.queues.unsent or 0
