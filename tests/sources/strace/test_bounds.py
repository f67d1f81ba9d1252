"""Numbers in strace's lines that no kernel writes: what is made of them can be read again, or they are counted as not
understood."""

# ruff: noqa: E501 - tables whose rows are long

from __future__ import annotations

import pytest

from muxviz.events import decode_event, encode
from tests.sources.strace.told import stamped, translated

NUMBERS = (
    "2147483648",
    "4294967295",
    "9223372036854775808",
    "18446744073709551616",
    "9" * 25,
    "9" * 5000,
    "0407",
    "0x1f",
)
LINES = {
    "an fd": "read({}<socket:[70]>, 0x7ffe, 8) = 1 <0.000010>",
    "a size": "read(7<socket:[70]>, 0x7ffe, {}) = 1 <0.000010>",
    "a result": "read(7<socket:[70]>, 0x7ffe, 8) = {} <0.000010>",
    "a result in hexadecimal": "fcntl(7<socket:[70]>, F_GETFL) = 0xffffffffffffffff{}",
    "a message's length": 'sendmmsg(7<socket:[70]>, [{{msg_hdr={{msg_iov=[{{iov_base="", iov_len=3}}]}}, msg_len={}}}], 1, 0) = 1 <0.000010>',
    "a vector's length": 'writev(7<socket:[70]>, [{{iov_base="", iov_len={}}}], 1) = 3 <0.000010>',
    "an fd that is watched": "epoll_ctl(5<anon_inode:[eventpoll]>, EPOLL_CTL_ADD, {}<socket:[70]>, {{events=EPOLLIN, data={{u32=1, u64=7}}}}) = 0",
    "data of a registration": "epoll_ctl(5<anon_inode:[eventpoll]>, EPOLL_CTL_ADD, 7<socket:[70]>, {{events=EPOLLIN, data={{u32=1, u64={}}}}}) = 0",
    "data that is reported": "epoll_wait(5<anon_inode:[eventpoll]>, [{{events=EPOLLIN, data={}}}], 9, -1) = 1 <0.000010>",
    "an fd that is polled": "poll([{{fd={}, events=POLLIN}}], 1, -1) = 1 ([{{fd={}, revents=POLLIN}}]) <0.000010>",
    "an fd that is selected": "select(9, [{}], NULL, NULL, NULL) = 1 (in [{}]) <0.000010>",
    "a timeout": "poll([{{fd=7, events=POLLIN}}], 1, {}) = 0 (Timeout) <0.000010>",
    "a port": 'connect(7<socket:[70]>, {{sa_family=AF_INET, sin_port=htons({}), sin_addr=inet_addr("127.0.0.1")}}, 16) = 0 <0.000010>',
    "a port of an annotation": "read(7<TCP:[127.0.0.1:{}->127.0.0.1:5]>, 0x7ffe, 8) = 1 <0.000010>",
    "linger": "setsockopt(7<socket:[70]>, SOL_SOCKET, SO_LINGER, {{l_onoff=1, l_linger={}}}, 8) = 0 <0.000010>",
    "a duration": "read(7<socket:[70]>, 0x7ffe, 8) = 1 <{}.000010>",
    "a status": "+++ exited with {} +++",
}  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS, ids=lambda text: text if len(text) < 20 else f"{len(text)} digits")
@pytest.mark.parametrize("name", LINES)
def test_a_number_out_of_range(name: str, number: str) -> None:
    line = LINES[name].format(*[number] * LINES[name].count("{}"))
    for event in translated("socket(AF_INET, SOCK_STREAM, 0) = 7<socket:[70]>", line):
        written = encode(event)
        assert encode(decode_event(written)) == written


@pytest.mark.parametrize("number", NUMBERS, ids=lambda text: text if len(text) < 20 else f"{len(text)} digits")
def test_a_process_or_a_time_out_of_range(number: str) -> None:
    rest = "read(7<socket:[70]>, 0x7ffe, 8) = 1 <0.000010>"
    for line in (f"{number}  1700000000.000001 {rest}", f"[pid {number}] {rest}", f"100  {number}.000001 {rest}"):
        for event in translated(stamped(rest, 0), line):
            written = encode(event)
            assert encode(decode_event(written)) == written
