"""The server under test: a real process on a free loopback port, with a data directory of its own."""

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from patience import LOOK_EVERY_S, PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
NO_RATE_LIMITS = [
    f"--rate-limits-{name}=off"
    for name in ("sign-up", "sign-in", "wrong-passwords", "requests", "messages", "room-messages", "strangers", "commands")
]


class Server:
    def __init__(self, flags=NO_RATE_LIMITS):
        self.port = free_port()
        self.data_dir = tempfile.mkdtemp(prefix="chinwag-test-")
        self.flags = list(flags)
        self.process = None
        atexit.register(self.stop)
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def websocket_url(self):
        return f"ws://127.0.0.1:{self.port}/connection/websocket"

    def start(self):
        command = [binary(), "serve", "--listen", f"127.0.0.1:{self.port}", "--data-dir", self.data_dir]
        log = open(os.path.join(self.data_dir, "test.log"), "ab")
        self.process = subprocess.Popen(
            [*die_with_parent(), *command, *self.flags],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={name: value for name, value in os.environ.items() if not name.startswith("CHINWAG_")},
        )
        deadline = time.monotonic() + PATIENCE_S
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the server did not become ready; it printed:\n{self.log()}")
            time.sleep(LOOK_EVERY_S)

    def kill(self):
        """Ends the process as a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def log(self):
        return Path(self.data_dir, "test.log").read_text(errors="replace")

    def _is_ready(self):
        try:
            return urllib.request.urlopen(f"{self.url}/readyz", timeout=PATIENCE_S).status == 200
        except OSError:
            return False


def binary():
    given = os.environ.get("TEST_SERVER_BINARY")
    if given:
        return given
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    built = [path for path in (target / "debug/chinwag", target / "release/chinwag") if path.exists()]
    if not built:
        raise AssertionError("there is no server to test; run `cargo build -p chinwag` first")
    return str(max(built, key=lambda path: path.stat().st_mtime))


def die_with_parent():
    return ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--"] if os.path.exists("/usr/bin/setpriv") else []


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
