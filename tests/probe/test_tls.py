"""Programs that speak TLS over their sockets do so under the probe as they do alone."""

from __future__ import annotations

import subprocess

import pytest

from muxviz.sources.ring.lane_reader import Mode
from tests.probe.lanes import PROGRAMS, Done, alone, observed
from tests.waiting import LIMIT_SECONDS

pytestmark = pytest.mark.needs("openssl")


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    directory = tmp_path_factory.mktemp("certificate")
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True, timeout=LIMIT_SECONDS)
    return [str(PROGRAMS / "tls.py"), str(certificate), str(key)]


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
