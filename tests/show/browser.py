"""A headless Chromium that opens a page and tells what a reader would never see: errors, requests, overflow.

It is driven by the Chrome DevTools Protocol over two pipes (`--remote-debugging-pipe`), so it takes no port and no
other package.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
    ),
    "--remote-debugging-pipe",
)
# the browser reads commands from 3 and writes to 4
PLACES = (
    "import os, sys; theirs = [int(word) for word in sys.argv[1:3]]; "
    "os.dup2(theirs[0], 3); os.dup2(theirs[1], 4); os.execv(sys.argv[3], sys.argv[3:])"
)
PATIENCE = 30.0  # seconds for an answer


@dataclass(frozen=True)
class Seen:
    """What a page did: errors in the console, addresses it asked for besides itself, and how wide it is."""

    errors: tuple[str, ...]
    requests: tuple[str, ...]
    width: int
    needs: int

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, in words; nothing where the page is sound."""
        wide = (f"overflow: {self.needs} px in {self.width} px",) if self.needs > self.width else ()
        return (
            *(f"error: {words}" for words in self.errors),
            *(f"request: {address}" for address in self.requests),
            *wide,
        )


class Browser:
    """A browser process with a profile of its own; use it in a `with`."""

    def __enter__(self) -> Browser:
        assert CHROMIUM is not None
        self._profile = tempfile.mkdtemp(prefix="servsim-chromium-")
        theirs_in, self._to = _pipe()
        self._from, theirs_out = _pipe()
        words = [CHROMIUM, *OPTIONS, f"--user-data-dir={self._profile}"]
        places = [sys.executable, "-c", PLACES, str(theirs_in), str(theirs_out)]
        nowhere = subprocess.DEVNULL
        self._process = subprocess.Popen(
            [*places, *words], pass_fds=(theirs_in, theirs_out), stdin=nowhere, stdout=nowhere, stderr=nowhere
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._count, self._rest, self._events = 0, b"", []
        return self

    def __exit__(self, *_: object) -> None:
        try:
            with suppress(OSError, RuntimeError, TimeoutError, subprocess.TimeoutExpired):
                self.ask("Browser.close")
                self._process.wait(PATIENCE)
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            os.close(self._to)
            os.close(self._from)
            shutil.rmtree(self._profile, ignore_errors=True)

    def look(self, page: Path, width: int, height: int = 900, *, phone: bool = False) -> Seen:
        """Open a page in a window of that size and tell what it did."""
        session = self._open(page, width, height, phone)
        sizes = self._value(
            "[document.documentElement.clientWidth, document.documentElement.scrollWidth]", session
        )
        listed = self._value("performance.getEntriesByType('resource').map(one => one.name)", session)
        own = page.resolve().as_uri()
        asked = [e["params"]["request"]["url"] for e in self._of("Network.requestWillBeSent", session)]
        others = [url for url in [*asked, *listed] if url != own and not url.startswith("data:")]
        return Seen(tuple(self._errors(session)), tuple(dict.fromkeys(others)), *sizes)

    def picture(self, page: Path, width: int, file: Path, *, phone: bool = False) -> None:
        """Write the whole page as a PNG, as it looks in a window of that width."""
        session = self._open(page, width, 900, phone)
        found = self.ask("Page.captureScreenshot", session, captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(found["data"]))

    def printed(self, page: Path) -> bytes:
        """Return the page as it is printed, a PDF."""
        session = self._open(page, 1280, 900, False)
        found = self.ask("Page.printToPDF", session, preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(found["data"])

    def ask(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Send a command and return its result; events that come meanwhile are kept."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            self._events.append(answer)

    def _open(self, page: Path, width: int, height: int, phone: bool) -> str:
        """Open a page in a new tab and return its session, once it is loaded."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session: str = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable", session)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        self.ask("Emulation.setDeviceMetricsOverride", session, **size)
        opened = self.ask("Page.navigate", session, url=page.resolve().as_uri())
        if "errorText" in opened:
            raise RuntimeError(f"{page}: {opened['errorText']}")
        end = time.monotonic() + PATIENCE
        while not self._of("Page.loadEventFired", session):
            if time.monotonic() > end:
                raise TimeoutError(f"{page} does not load")
            self._events.append(self._read())
        return session

    def _value(self, expression: str, session: str) -> Any:
        return self.ask("Runtime.evaluate", session, expression=expression, returnByValue=True)["result"][
            "value"
        ]

    def _of(self, method: str, session: str) -> list[dict[str, Any]]:
        return [e for e in self._events if e.get("method") == method and e.get("sessionId") == session]

    def _errors(self, session: str) -> list[str]:
        thrown = [
            e["params"]["exceptionDetails"]["text"] for e in self._of("Runtime.exceptionThrown", session)
        ]
        logged = [e["params"]["entry"] for e in self._of("Log.entryAdded", session)]
        said = [e["params"] for e in self._of("Runtime.consoleAPICalled", session)]
        return [
            *thrown,
            *(one["text"] for one in logged if one["level"] in ("error", "warning")),
            *(
                str(one["args"][0].get("value"))
                for one in said
                if one["type"] in ("error", "warning", "assert")
            ),
        ]

    def _read(self) -> dict[str, Any]:
        """Return the next message."""
        while b"\0" not in self._rest:
            if not select.select([self._from], [], [], PATIENCE)[0]:
                raise TimeoutError("the browser says nothing")
            piece = os.read(self._from, 1 << 16)
            if not piece:
                raise RuntimeError("the browser has ended")
            self._rest += piece
        text, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message


def _pipe() -> tuple[int, int]:
    """Return the two ends of a pipe, with numbers above those that the browser has."""
    low = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for end in low)
    for end in low:
        os.close(end)
    return high[0], high[1]
