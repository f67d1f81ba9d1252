"""Programs that speak TLS over their sockets do so under the probe as they do alone, and their calls are seen.

What is recorded was looked at and found right. `MUXVIZ_GOLDEN=write pytest tests/probe/test_tls.py` writes it anew.
"""

from __future__ import annotations

import os
import re
import subprocess
from itertools import groupby
from typing import Final

import pytest

from muxviz.sources.ring.lane_reader import Mode
from tests.probe.lanes import PROGRAMS, Done, alone, observed
from tests.probe.test_every_call import RECORDED, ports_of, told
from tests.waiting import LIMIT_SECONDS

RECORDED_PROGRAM: Final = RECORDED / "tls.py"

pytestmark = pytest.mark.needs("openssl")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A certificate for localhost and its key, in files."""
    directory = tmp_path_factory.mktemp("certificate")
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True, timeout=LIMIT_SECONDS)
    return [str(certificate), str(key)]


@pytest.fixture(scope="module")
def command(certificate: list[str]) -> list[str]:
    return [str(PROGRAMS / "tls.py"), *certificate]


@pytest.fixture(scope="module")
def bare(command: list[str]) -> Done:
    done = alone(command)
    assert done.status == 0, done.err
    return done


@pytest.mark.parametrize("mode", Mode)
def test_tls_is_as_alone(mode: Mode, command: list[str], bare: Done) -> None:
    done = observed(command, mode)
    assert done.out.splitlines() == bare.out.splitlines()
    assert (done.err, done.status) == (bare.err, bare.status)
    assert bool(done.events) is (mode is not Mode.FREE)


_BYTES: Final = re.compile(r"(recv|unsent)=[1-9]\d*")
_ENDED: Final = re.compile(r"tcp=(CLOSE_WAIT|CLOSE|FIN_WAIT\d)( level=[\w|]+)?")
_LOOK: Final = " " * 8
_OF_A_READ: Final = re.compile(r"SSL_read \d+ size=\d+, pending=")


def _steady(said: str) -> str:
    """Without what the certificate, the buffers and the time of an RST make of it."""
    said = _ENDED.sub("tcp=ended", said)
    return said if _OF_A_READ.match(said) else _BYTES.sub(r"\1=some", said)


@pytest.mark.parametrize("mode", [Mode.RECORD, Mode.HELD], ids=["record", "held"])
def test_every_call_of_tls_is_recorded_whole(mode: Mode, certificate: list[str]) -> None:
    done = observed([str(RECORDED_PROGRAM), *certificate], mode)
    assert done.status == 0, done.err
    ports, lines = ports_of(done.events), RECORDED_PROGRAM.read_text(encoding="utf-8").splitlines()
    places = [event.at for event in done.events if event.call is not None and not event.args.get("gc")]
    assert all(at is not None and at[0].endswith("recorded/tls.py") for at in places), "its own lines, never ours"
    text = ""
    calls = [event for event in done.events if event.call is not None and event.at is not None]
    for line, events in groupby(calls, key=lambda event: event.at[1] if event.at is not None else 0):
        said = [_steady(told(event, ports)) for event in events]
        if mode is Mode.HELD:  # it looks at every fd, and on loopback something arrives when it is its turn
            said = [one.partition("\n")[0] for one in said]
        text += f"{lines[line - 1].strip()}\n" + "".join(f"    {one}\n" for one, _ in groupby(said))
    file = RECORDED / "tls.txt"
    if os.environ.get("MUXVIZ_GOLDEN") == "write" and mode is Mode.RECORD:
        file.write_text(text, encoding="utf-8")
    expected = file.read_text(encoding="utf-8").splitlines()
    if mode is Mode.HELD:
        expected = [line for line in expected if not line.startswith(_LOOK)]
    assert text.splitlines() == expected
