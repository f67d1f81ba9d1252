"""The lower half of a lane: what the kernel holds for each fd, and what it said of it."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len

from muxviz import printable
from muxviz.draw import words
from muxviz.draw.findings import shouted
from muxviz.draw.grid import Grid
from muxviz.draw.layout import Layout
from muxviz.draw.scene import Scene, reported
from muxviz.draw.selection import brief, display_name, find, is_fd
from muxviz.events import split
from muxviz.kernel import FdState
from muxviz.language import _, say

_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_BAR: Final = 48
"""A longer bar tells nothing more, and its number would be far away."""


class LaneFds:
    """One lane's rows: listener, clients in their order, trouble."""

    def __init__(self, grid: Grid, scene: Scene, plan: Layout, lane: str, x: int, width: int) -> None:
        self.grid, self.scene, self.plan, self.lane = grid, scene, plan, lane
        self.x, self.end, self.width = x, x + width, width
        self.state = scene.lane(lane)
        self.findings = scene.findings.get(lane, [])
        self._bad = {one.fd for one in self.findings}
        self.wide = self.width >= 36

    def draw(self, y: int) -> None:
        last = y + self.plan.kernel - 1
        self._listener(y)
        at, left = y + 1, self.plan.clients
        clients = [name for name in self.scene.clients if self._has(name)]
        hidden = 0
        for client in self._in_view(clients):
            if client == self.scene.client:
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

    def _has(self, name: str) -> bool:
        """Whether this lane has a row for a name: an fd without a client may be a client's here, or not be."""
        if not is_fd(name) or name == self.scene.client:
            return True
        fd = find(self.state, name)
        return fd is not None and fd.client is None

    def _payload(self, y: int) -> None:
        """The first bytes that the newest call moved."""
        event = self.scene.newest(self.lane)
        if event is None or event.data is None:
            return
        now = self.scene.in_tick(event.n)
        at = self.grid.put(self.x, y, f"{say('data')}   ", "text", end=self.end)
        words_ = printable.clip(printable.text(f'"{event.data}"'), self.end - at)
        self.grid.put(at, y, words_, "blue" if now else "faint", end=self.end)

    def _in_view(self, clients: list[str]) -> list[str]:
        """The followed client, what the newest call is about, and as many neighbours as have a row, in their order."""
        room = self.plan.clients + 1
        current = self.scene.at_work(self.lane)
        chosen = self._neighbours(clients, room)
        if room < 2 or current in (None, self.scene.client, *chosen) or current not in clients:
            return chosen
        spare = next((client for client in reversed(chosen) if client != self.scene.client), None)
        return [client for client in clients if client == current or (client in chosen and client != spare)]

    def _neighbours(self, clients: list[str], room: int) -> list[str]:
        if len(clients) <= room or self.scene.client not in clients:
            return clients[:room] if self.scene.client in clients[:room] else clients[: room - 1] + [
                client for client in clients if client == self.scene.client
            ]  # fmt: skip
        at = clients.index(self.scene.client)
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
        now = self.scene.in_tick(fd.reported_n)
        right, style = (say("quiet"), "faint") if not waiting else (say("{count} to accept", count=waiting), "blue")
        where = f" fd {fd.fd}"
        if fd.queues.backlog is not None and waiting > fd.queues.backlog:
            # net/core/sock.h, sk_acceptq_is_full: a backlog of 1 has room for two
            right = say("{count} to accept, full", count=waiting)
            where = where if cell_len(f"{say('listener')}{where} {right}") <= self.width else ""
        elif waiting and now:
            right = words.fit([say("reported, {count} to accept", count=waiting), right], self.width - 14)
        if waiting and now:
            style = "yellow"
        if fd.fd in self._bad:
            style = "orange.bold"
        self._two(y, (say("listener"), where, "text"), right, style)

    def _full(self, client: str, y: int) -> int:
        """The followed client: who, what was asked, what was reported, its queues. Returns the row behind."""
        fd = find(self.state, client)
        rows = 2 + len(self.plan.queues)
        who = display_name(client)
        if fd is None:
            self._two(y, (who, "", "violet.bold"), self._missing(client), "faint")
            return y + rows
        if fd.closed is not None:
            error = printable.text(fd.error or "", 14)
            how = [say("closed after {error}", error=error), say("closed, broken")] if error else [say("closed")]
            told = " ".join(words.flags(fd.reported)) if self.scene.in_tick(fd.reported_n) else ""
            if fd.reported_n is not None and fd.reported_n > fd.closed and told:
                how = [say("closed, reported {flags}", flags=told), say("closed, {flags}", flags=told), told]
            room, style = self.width - cell_len(who) - 1, "yellow" if told else "faint"
            self._two(y, (who, "", "violet.bold"), words.fit(how, room), style)
            return y + rows
        flags = " ".join(words.asked(fd.interest))
        where = self._what(fd) if is_fd(client) else f" fd {fd.fd}"
        if fd.ghost is not None:
            ghost = say("ghost fd {fd}", fd=fd.ghost)
            both = [f"{where}, {ghost}", f" {ghost}"]
            where = words.fit(both, self.width - cell_len(who) - 6)
        room = self.width - cell_len(who + where) - 1
        asked = [say("asks {flags}", flags=flags), flags] if flags else [say("asks nothing"), say("not asked")]
        if fd.disarmed:
            asked = [say("disarmed until MOD")]
        if min(map(cell_len, asked)) > room and not is_fd(client):
            who = brief(client)
            room = self.width - cell_len(who + where) - 1
        asks = words.fit([*asked, asked[-1].replace(" ", "·")], room)
        self._two(y, (who, where, "violet.bold"), printable.clip(asks, room), "dim")
        self._reported(client, fd, y + 1)
        for row, queue in enumerate(self.plan.queues):
            self._queue(queue, fd, y + 2 + row)
        return y + rows

    def _reported(self, client: str, fd: FdState, y: int) -> None:
        grid, found = self.grid, self.scene
        unlike = "reported" in found.unlike.get(self.lane, ())
        if unlike:
            grid.put(self.x - 1, y, "≠", "orange.bold" if fd.fd in self._bad else "text.bold")
        shown = set(split(reported(found, self.lane, client)))
        now = found.in_tick(fd.reported_n) and bool(shown)
        style = "yellow.bold" if shown else "faint"
        at = grid.put(self.x, y, f"{say('reported')} ", "dim", end=self.end)
        right, right_style = self._when(fd, bool(shown), now)
        if right_style == "dim" and at + 2 > self.end - cell_len(right) - 1:
            right = self._at_when(fd)
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
            return say("never yet"), "faint"
        if now:
            return say("now"), "yellow.bold"
        when = self._at_when(fd)
        return (when, "dim") if shown else (say("last: {when}", when=when), "dim")

    def _at_when(self, fd: FdState) -> str:
        if fd.reported_step is not None:
            return say("step {n}", n=fd.reported_step)
        return words.ago(self.scene.state.t - self.scene.trace[fd.reported_n or 0].t)

    def _places(self, fd: FdState) -> list[str]:
        """The flags that have a place in the row: those that a wait of this trace reported, in this lane's words."""
        sides = all(part in "RWX" for part in split(fd.interest)) and bool(fd.interest)
        seen: set[str] = set()
        for combination in tuple(self.scene.trace.extent.reported):
            seen.update(split(combination))
        seen |= set(split(fd.reported)) or ({"R"} if sides else {"IN"})
        letters = {"R", "W", "X"}
        return words.flags("|".join(seen & letters if sides else seen - letters))

    def _queue(self, queue: str, fd: FdState, y: int) -> None:
        """A bar and the exact number; all bars of a trace have one scale."""
        known = {"unread": fd.unread, "queued": fd.queues.queued or 0, "unsent": _unsent(fd)}
        value = known[queue] if queue in known else (fd.queues.kept or {}).get(queue)
        if value is None:
            self.grid.put(self.x, y, printable.text(queue, self.width - 4), "dim")
            self.grid.right(self.end, y, "–", "faint")
            return
        grid, found = self.grid, self.scene
        stranded = queue == "unread" and fd.unread and fd.fd in self._bad
        if queue == "unread" and "unread" in found.unlike.get(self.lane, ()):
            grid.put(self.x - 1, y, "≠", "orange.bold" if stranded else "text.bold")
        row = _ROWS.get((fd.kind, queue), queue)
        words_ = say(_PLACES.get(row, row) if self.wide else row) if queue in known else printable.text(row)
        grid.put(self.x, y, printable.clip(words_, 17 if self.wide else 8), "dim")
        style = "orange" if stranded else ("blue" if queue == "unread" else "text") if value else "faint"
        begin = self.x + (18 if self.wide else 9)
        looked = queue != "unread" or (fd.queues.accepts if fd.kind == "listener" else fd.queues.recv) is not None
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
        who = display_name(client)
        if fd is None or fd.closed is not None:
            missing = self._missing(client)
            self._two(y, (who, "", "violet"), say("closed") if fd is not None else missing, "faint")
            return
        now = self.scene.in_tick(fd.reported_n)
        flags = " ".join(words.flags(fd.reported)) if now else ""
        parts = [say("{count} unread", count=fd.unread)] if fd.unread else []
        parts += [say("{count} queued", count=fd.queues.queued)] if fd.queues.queued else []
        parts += [say("{count} in OpenSSL", count=fd.pending)] if fd.pending else []
        parts += [f"{size} {printable.text(of, 12)}" for of, size in (fd.queues.kept or {}).items() if size]
        quiet = ", ".join(parts) or (say("quiet") if fd.queues.recv is not None else say("not looked at"))
        where = self._what(fd) if is_fd(client) else self._where(client, fd)
        room = self.width - cell_len(who + where) - 1
        text = words.fit(
            [say("{flags} now, {rest}", flags=flags, rest=quiet), say("{flags} now", flags=flags), flags]
            if now
            else [quiet, say("data")],
            room,
        )
        style = "orange.bold" if fd.fd in self._bad else "yellow" if now else "blue" if parts else "faint"
        self._two(y, (who, where, "violet"), text, style)

    def _missing(self, client: str) -> str:
        """Why there is no fd."""
        if is_fd(client):
            return say("not open")
        return say("elsewhere") if self.scene.elsewhere(client) else say("not accepted")

    @staticmethod
    def _what(fd: FdState) -> str:
        """What an fd without a client is."""
        what = fd.queues.file or {"datagram": "udp", "listener": say("listener")}.get(fd.kind, "")
        return f" {printable.text(what, 8)}" if what else ""

    def _where(self, client: str, fd: FdState) -> str:
        """The client's fd; of a crowd under one name, how many they are."""
        if len(self.state.fds) <= len(self.scene.clients) + 2:
            return f" fd {fd.fd}"
        count = sum(other.client == client for other in self.state.fds.values())
        return f" × {count:,}" if count > 1 else f" fd {fd.fd}"

    def _trouble(self, y: int, hidden: int) -> None:
        """The row that is kept for trouble; what else has no room stands at its right end."""
        end = self.end
        if hidden:
            if any(map(is_fd, self.scene.clients)):
                more = say("+{count} more", count=hidden)
            else:
                more = (
                    say("+{count} more client", count=1) if hidden == 1 else say("+{count} more clients", count=hidden)
                )
            end = self.grid.right(self.end, y, more, "faint") - 1
        if self.findings:
            text, sure = shouted(self.scene, self.lane, end - self.x)
            self.grid.put(self.x, y, text, "orange.bold" if sure else "yellow", end=end)
            return
        held = next((fd for fd in self.state.fds.values() if fd.pending), None)
        if held is not None:
            told = [
                say("fd {fd}: {bytes} decrypted, in OpenSSL", fd=held.fd, bytes=words.bytes_(held.pending)),
                say("fd {fd}: {count} in OpenSSL", fd=held.fd, count=held.pending),
            ]
            self.grid.put(self.x, y, words.fit(told, end - self.x), "dim", end=end)
            return
        lost = sum(fd.lost for fd in self.state.fds.values() if fd.kind == "datagram")
        if lost:
            self.grid.put(self.x, y, say("{bytes} cut off, gone", bytes=words.bytes_(lost)), "dim", end=end)


_ROWS: Final = {("listener", "unread"): _("waiting"), ("datagram", "unread"): _("next")}
"""What a row is called where it holds no bytes of a stream."""
_PLACES: Final = {
    "waiting": _("to accept"),
    "next": _("next datagram"),
    "unread": _("unread in kernel"),
    "queued": _("queued in program"),
    "unsent": _("unsent in kernel"),
}


def _unsent(fd: FdState) -> int:
    """Bytes that the kernel keeps for the client. Unacknowledged ones decay by a timer and are left out."""
    return fd.queues.unsent or 0
