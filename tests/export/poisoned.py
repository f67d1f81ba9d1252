"""A session with the same string in every field that holds one, and a finding that names most of them."""

from __future__ import annotations

from muxviz.events import FORMAT, Event, Exit, Header, LaneInfo, Queues, Source
from muxviz.trace import Trace

HOSTILE = (
    "</script></style></pre></noscript></title></text></svg><script>document.title='OWNED'</script>",
    "<img src=x onerror=document.title='OWNED'>",
    'x" onfocus="document.title=\'OWNED\'" autofocus y="',
    "x' onfocus='document.title=\"OWNED\"' y='",
    "<!--<script>]]>&lt;&#60;&amp;",
    "\x1b[2J\x1b]0;OWNED\x07\x9b31m\x90q\x9c\x00\x08\r\n\x7f",
    "\x1b]8;;file:///etc/passwd\x1b\\link\x1b]8;;\x1b\\",
    "\u202eright to left\u2066\u2069\u200b\u2028\u2029\ufeff\u3164\u2800",
    "\ue000\U000e0041\ufffe\uffff\u0301\u115f",
    "אבג(1)\u0660",
    "[red]bold[/red] [@click=app.quit]link[/] [words](https://example.invalid) {0} %s {x!r}",
    "../../$(id)`id`;%0a//host/share?x#y",
    "}body{background:red}/*",
    "…" * 300,
)


def poisoned(words: str) -> Trace:
    """An edge server that reads once and sleeps on the rest."""
    lane, file = words[:200] or "lane", f"/{words}"
    header = Header(
        FORMAT, words, words, words,
        Source(kind="lab", scenario=words, title=words, clients=words, offers=words, panel=words, watch=[words]),
        [LaneInfo(lane, words, [words, words])], began=words, sources={file: f"{words}\n" * 4}, beats=[words, words],
    )  # fmt: skip
    trace = Trace(header)
    peer = {"peer": [words, words], words: words, "option": words}
    same = {"lane": lane, "role": "server", "at": (file, 2), "via": (words, 1)}
    kept = Queues(recv=12, tcp=words[:200], level=words[:200], kept={words: 3}, file=words)
    events = [
        Event(0, 0, 0, beat=1, action=words),
        Event(0, 0, 0, **same, call="socket", ret=3, args={"family": words, "type": words}),
        Event(0, 0, 1, **same, call="listen", fd=3, ret=0, args={"backlog": 3}),
        Event(0, 0, 2, **same, call="epoll_create", ret=4),
        Event(0, 0, 3, **same, call="accept", fd=3, ret=5, args=peer, client=words),
        Event(0, 0, 4, **same, call="epoll_ctl", fd=4, ret=0, args={"op": "ADD", "fd": 5, "events": "IN|ET"}),
        Event(0, 0, 4, lane=lane, role="client", call="connect", fd=9, ret=0, args=peer, client=words),
        Event(0, 0, 5, **same, call="epoll_wait", fd=4, ret=2, ready=[(5, "IN"), (6, words[:200])],
              args={"timeout": -1, "maxevents": 9}, queues={"5": Queues(recv=12)}, took=9),
        Event(0, 0, 6, **same, call="recv", fd=5, ret=4, args={"size": 4, words: words}, data=words, tid=7),
        Event(0, 0, 7, **same, call=words, fd=5, ret=-1, error=words, args={words: words}, queues={"5": kept}),
        Event(0, 0, 8, lane=lane, note=words),
        Event(0, 0, 8, lane=lane, file=words, source=words),
        Event(0, 0, 8, lane=lane, role="observer", look="outside", queues={"5": kept}),
        Event(0, 0, 9, **same, call="epoll_wait", fd=4, args={"timeout": -1, "maxevents": 9}, phase="enter"),
        Event(0, 0, 9, beat=2, action=words),
        Event(0, 0, 10, **same, call="epoll_wait", fd=4, ret=0, ready=[], args={"timeout": -1, "maxevents": 9}),
        Event(0, 0, 11, lane=lane, exit=Exit(status=1, signal=words, traceback=words, by=words)),
    ]  # fmt: skip
    for at, event in enumerate(events):
        event.t = at * 1_000_000
        trace.append(event)
    trace.mark(6, words or "mark")
    return trace
