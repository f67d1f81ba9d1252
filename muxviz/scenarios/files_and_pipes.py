"""What is no socket: a regular file, a pipe, an eventfd, a timerfd under each multiplexer."""

from muxviz.scenarios.model import Scenario, Specimen

SCENARIO = Scenario(
    name="files-and-pipes",
    title="a file, a pipe, an eventfd, a timerfd",
    group="Limits and cost",
    summary="what is no socket, who can watch it",
    story="A program without clients asks, again and again with timeout 0, what is ready of a regular file, a pipe, an "
    "eventfd and a timerfd; then the writer of the pipe goes, and the reader of another.",
    question="Which of them can be waited for, and what do they say?",
    watch="the regular file: always ready for select and poll, EPERM for epoll. The pipe whose writer has gone: HUP "
    "beside IN, then HUP alone. The one whose reader has gone: OUT and ERR.",
    lanes=(
        Specimen("select", "select", "files_select.py", mechanism="select"),
        Specimen("poll", "poll", "files_poll.py", mechanism="poll"),
        Specimen("level", "epoll level", "files_epoll.py", mechanism="level"),
        Specimen("edge", "epoll edge", "files_epoll.py", ("--edge",), "edge"),
    ),
    fixes=(),
    follow="fd 4",
    beats=(),
)
