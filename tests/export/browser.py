"""A real browser for a test: headless Chromium, driven through chromedriver's WebDriver interface (W3C) over HTTP."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.needs import need
from tests.waiting import LIMIT_SECONDS, within

_FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1300,760",
]  # fmt: skip
_NAMED = {"Escape": "\ue00c", "Tab": "\ue004", "Enter": "\ue007", "Home": "\ue011", "End": "\ue010", "Left": "\ue012"}


class Browser:
    """One window."""

    def __init__(self, base: str, session: str) -> None:
        self._base = f"{base}/session/{session}"

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """A command of the WebDriver interface; GET where it has no body."""
        return _call(f"{self._base}/{path}", body)

    def open(self, url: str) -> None:
        """Load a page and wait for it."""
        self.call("url", {"url": url})

    def run(self, script: str) -> Any:
        """Run a script's function body in the page; returns what it returns."""
        return self.call("execute/sync", {"script": script, "args": []})

    def press(self, *keys: str) -> None:
        """Real key presses: characters, or names."""
        actions = []
        for key in keys:
            value = _NAMED.get(key, key)
            actions += [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self.call("actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def click(self, x: int, y: int) -> None:
        """A click at a place of the window."""
        move = {"type": "pointerMove", "duration": 0, "x": x, "y": y}
        steps = [move, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self.call("actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": steps}]})

    def picture(self) -> bytes:
        """The window as a PNG."""
        return base64.b64decode(self.call("screenshot"))


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser that is ended with everything that it started."""
    need("chromedriver")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        driver = subprocess.Popen(
            ["chromedriver", f"--port={port}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            _wait_for(f"{base}/status")
            options = {"args": [*_FLAGS, f"--user-data-dir={home}"]}
            wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
            session = _call(f"{base}/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
            yield Browser(base, session)
            _call(f"{base}/session/{session}", None, "DELETE")
        finally:
            os.killpg(driver.pid, signal.SIGTERM)
            driver.wait(LIMIT_SECONDS)


def _wait_for(url: str) -> None:
    for _ in within("chromedriver answers"):
        try:
            urllib.request.urlopen(url, timeout=LIMIT_SECONDS).close()
            return
        except OSError:
            time.sleep(0.02)


def _call(url: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=LIMIT_SECONDS) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        with error:
            raise AssertionError(error.read().decode()[:600]) from None
