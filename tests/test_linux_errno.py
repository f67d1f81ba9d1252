"""Our table of Linux's errors against the one that Linux's own Python has."""

import errno
import sys

import pytest

from muxviz.linux_errno import ERRNO_NAMES, errno_name, errno_number


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count otherwise")
def test_it_says_what_errno_says() -> None:
    names = {name: getattr(errno, name) for name in dir(errno) if name.startswith("E")}
    wrong = {name: (number, errno_number(name)) for name, number in names.items() if errno_number(name) != number}
    assert not wrong
    for number, name in ERRNO_NAMES.items():
        assert errno_name(number) == name and errno_number(name) == number
        assert getattr(errno, name, number) == number


def test_what_has_no_name_is_its_number() -> None:
    assert errno_name(41) == "41"
    assert errno_number("EWHATEVER") is None
