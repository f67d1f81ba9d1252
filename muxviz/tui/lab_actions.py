"""The table of what can be done in the lab."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from muxviz.trace.ask import about_fd, changed
from muxviz.tui.actions import Action

if TYPE_CHECKING:
    from muxviz.tui.lab import LabMode

    Row = tuple[str, str, str, str, Callable[[LabMode], object]]

_MOVE: Final[tuple[Row, ...]] = (
    ("n right", "step", "Step forward", "one call in each lane that can move, or a client action", lambda f: f.step()),
    ("N left", "step-back", "Step back", "the step before; the programs stay held", lambda f: f.step_back()),
    ("w", "wakeup", "Next wakeup", "until a select, poll or epoll_wait returns", lambda f: f.seek("wakeup")),
    ("W", "wakeup-back", "Previous wakeup", "to the last wait that returned", lambda f: f.seek_back("wakeup")),
    ("b", "action", "Next client action", "until the clients act", lambda f: f.seek("action")),
    ("B", "action-back", "Previous client action", "to when the clients acted", lambda f: f.seek_back("action")),
    ("s", "lane-step", "Step this lane only", "one call of the focused lane", lambda f: f.lane_step()),
    ("S", "lane-step-back", "Step this lane back", "its call before", lambda f: f.lane_step_back()),
    ("space", "play", "Play or pause (hold)", "steps by itself, or holds what goes on", lambda f: f.play()),
    ("<", "slower", "Play slower", "fewer steps a second", lambda f: f.speed(-1)),
    (">", "faster", "Play faster", "more steps a second", lambda f: f.speed(1)),
    ("c", "run", "Run freely or hold", "the programs run as fast as they can", lambda f: f.run()),
    ("g home", "first", "Go to the beginning", "before the first step", lambda f: f.player.first()),
    ("G end", "newest", "Go to the newest event", "and stay there", lambda f: f.player.newest()),
    (":", "go-to", "Go to a step, an event, a time, an action", "17, n120, 1.5s, b2", lambda f: f.go_to()),
    ("v !", "finding", "Next finding", "where a rule finds something", lambda f: f.finding(forward=True)),
    ("V", "finding-back", "Previous finding", "the one before", lambda f: f.finding(forward=False)),
    ("]", "marker", "Next marker", "that a person set", lambda f: f.marker(forward=True)),
    ("[", "marker-back", "Previous marker", "the one before", lambda f: f.marker(forward=False)),
    ("P", "pace", "Play at the recorded pace or by steps", "in a recording", lambda f: f.pace()),
)

_ASK: Final[tuple[Row, ...]] = (
    ("/", "ask", "Ask: forward to where a condition holds", "fd == 5 and unread > 0", lambda f: f.ask(forward=True)),
    ("\\", "ask-back", "Ask: back to where a condition held", "the same, backwards", lambda f: f.ask(forward=False)),
    (".", "again", "Ask the same again, forward", "the next answer", lambda f: f.ask_again(forward=True)),
    (",", "again-back", "Ask the same again, back", "the answer before", lambda f: f.ask_again(forward=False)),
    (
        "u",
        "changed",
        "Where this fd changes next",
        "followed, focused",
        lambda f: f.ask_about_fd(changed, forward=True),
    ),
    ("U", "changed-back", "Where this fd last changed", "back", lambda f: f.ask_about_fd(changed, forward=False)),
    ("h", "fd", "Next event on this fd", "followed, focused lane", lambda f: f.ask_about_fd(about_fd, forward=True)),
    ("H", "fd-back", "Previous event on this fd", "back", lambda f: f.ask_about_fd(about_fd, forward=False)),
    ("j", "call", "Next call of this name", "in the focused lane", lambda f: f.ask_same_call(forward=True)),
    ("J", "call-back", "Previous call of this name", "in the focused lane", lambda f: f.ask_same_call(forward=False)),
)

_LOOK: Final[tuple[Row, ...]] = (
    ("tab", "lane-next", "Focus the next lane", "where two are shown, the other two follow", lambda f: f.focus_next(1)),
    ("shift+tab", "lane-previous", "Focus the previous lane", "the one at the left", lambda f: f.focus_next(-1)),
    ("1", "lane-1", "Focus lane 1", "the first lane", lambda f: f.focus(1)),
    ("2", "lane-2", "Focus lane 2", "the second lane", lambda f: f.focus(2)),
    ("3", "lane-3", "Focus lane 3", "the third lane", lambda f: f.focus(3)),
    ("4", "lane-4", "Focus lane 4", "the fourth lane", lambda f: f.focus(4)),
    ("f", "client-next", "Follow the next client", "in the lanes and on the wire", lambda f: f.follow(1)),
    ("F", "client-previous", "Follow the previous client", "the one that connected before", lambda f: f.follow(-1)),
    ("i", "side", "Show the IN wire or the OUT wire", "readable or writable", lambda f: f.side()),
    ("|", "filter", "Filter: show only what a condition matches", "pid == 9566, fd == 7", lambda f: f.filter()),
    ("E", "findings", "All findings, with what each rests on", "a list", lambda f: f.view_state.show("findings")),
    ("C", "cost", "What a wait takes: the curve, or the wire", "time over fds watched", lambda f: f.cost()),
    ("e", "event", "Show the event in full", "every field, and what it means", lambda f: f.view_state.show("event")),
    ("y", "payload", "Show payload bytes", "where they were recorded", lambda f: f.payload()),
    ("x", "axis", "Timeline by steps or by time", "the x axis", lambda f: f.axis()),
    ("O", "output", "What the programs print, or the wire", "a column for each lane", lambda f: f.printed()),
    ("z", "panel", "The whole recording in a panel", "or in one row", lambda f: f.panel()),
    ("t", "theme", "Switch dark and light theme", "colours", lambda f: f.host.switch_theme()),
    ("a", "about", "About this mechanism", "the focused lane's: history, cost, limits, myths", lambda f: f.about()),
    ("?", "help", "Help: keys, the wire; again: the words", "two pages", lambda f: f.help()),
)

_ACT: Final[tuple[Row, ...]] = (
    ("d", "fix", "Drain (read until EAGAIN), or the scenario's other fix", "starts anew", lambda f: f.fix()),
    ("k", "drive", "Drive a client by hand", "connect, send, close, reset … in all lanes", lambda f: f.drive()),
    ("I", "input", "Type into a program's standard input", "a line, for the focused lane", lambda f: f.type_input()),
    ("p", "predict", "Predict what waits will report", "on or off; the score is kept", lambda f: f.predict()),
    ("l", "lanes", "Lanes on and off", "which servers run; starts anew", lambda f: f.lanes()),
    ("R ctrl+r", "restart", "Restart", "the same from its beginning", lambda f: f.restart()),
    ("m", "mark", "Mark this moment", "with a text, to come back to", lambda f: f.mark()),
    ("o", "menu", "Open another scenario or a recording", "the list of scenarios", lambda f: f.menu()),
    ("r", "record", "Record into a file", "the whole session, from its beginning", lambda f: f.record()),
    ("ctrl+p", "palette", "Every command by name", "this list", lambda f: f.host.open_palette()),
    ("ctrl+z", "suspend", "Suspend to the shell", "fg brings it back", lambda f: f.suspend()),
    ("q ctrl+q", "quit", "Quit", "ends every program", lambda f: f.leave()),
    ("ctrl+c", "interrupt", "Quit with exit status 130 (Ctrl-C)", "ends every program", lambda f: f.leave(130)),
)

ACTIONS: Final[tuple[Action[LabMode], ...]] = tuple(
    Action(tuple(keys.split()), id, name, group, tooltip, do)
    for group, rows in (("Move", _MOVE), ("Ask", _ASK), ("Look", _LOOK), ("Act", _ACT))
    for keys, id, name, tooltip, do in rows
)
"""Everything, in the order of the palette."""

MOVES: Final = frozenset(id for _, id, *_ in (*_MOVE, *_ASK)) - {"play", "slower", "faster", "run", "pace"}
"""The actions that end what goes on by itself."""
