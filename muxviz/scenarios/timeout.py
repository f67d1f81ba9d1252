"""Three kinds of timeout, and select as a clock."""

from muxviz.scenarios.model import Fix, Scenario, Specimen, connect, send, together

SCENARIO = Scenario(
    name="timeout",
    title="one server, and four ways to wait",
    group="Start here",
    summary="for ever, for a while, not at all",
    story="Four servers on select. One waits for ever, one for a second at most, one not at all. The last asks "
    "about nothing: three empty lists make select a clock, and it looks at its sockets when that has run out.",
    question="Who hears of a client at once, who late, and who never rests?",
    watch="wakeups for nothing at the bottom of each lane; and the clock, which sleeps on while bytes are unread.",
    lanes=(
        Specimen("ever", "no timeout", "timeout_select.py", mechanism="select"),
        Specimen("while", "1 s at most", "timeout_select.py", ("--timeout", "1"), "select"),
        Specimen("zero", "timeout 0", "timeout_select.py", ("--timeout", "0"), "select"),
        Specimen("clock", "three empty lists", "timeout_sleep.py", ("--timeout", "1"), "select"),
    ),
    fixes=(Fix("no-timeout", "wait for ever", (), ("--timeout",)),),
    patience=5,
    timed=True,
    beats=(
        together("A connects", connect("A"), after=7),
        send("A", b"hello"),
    ),
)
