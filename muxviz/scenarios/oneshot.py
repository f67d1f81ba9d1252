"""EPOLLONESHOT: one report, of whatever it is, and then silence until epoll_ctl(MOD)."""

from muxviz.scenarios.model import Fix, Scenario, Specimen, connect, reset, send

SCENARIO = Scenario(
    name="oneshot",
    title="one report, then silence until MOD",
    group="Edge-triggered",
    summary="one report, then deaf until MOD",
    story="A client sends 12 bytes, then 4 more, and then resets the connection. Each server reads 4 bytes per "
    "report. Two register the client with EPOLLONESHOT; one of them arms it again after each read.",
    question="What does a server hear that has used up its one shot?",
    watch="oneshot hears nothing more: no data, and not even ERR and HUP, which nobody else can decline.",
    server_options=("--recv-size", "4"),
    lanes=(
        Specimen("level", "epoll level", "epoll_echo.py", (), "level"),
        Specimen("edge", "epoll edge", "epoll_echo.py", ("--edge",), "edge"),
        Specimen("oneshot", "oneshot", "epoll_echo.py", ("--oneshot",), "level"),
        Specimen("mod", "oneshot, MOD", "epoll_echo.py", ("--oneshot", "--rearm"), "level"),
    ),
    fixes=(Fix("rearm", "MOD after each read", ("--rearm",)),),
    shows=("stranded-data", "disarmed"),
    beats=(
        connect("A"),
        send("A", b"hello, world"),
        send("A", b"more", label="A sends 4 more"),
        reset("A"),
    ),
)
