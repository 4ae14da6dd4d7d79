"""One server on loopback, and the peers of a test; on the laboratory's driver of the programs."""

import os
import re
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))

# pylint: disable=wrong-import-position
import programs  # noqa: E402
import tap as tap_module  # noqa: E402

LOOPBACK = "127.0.0.1"
ID = re.compile(r"[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){6}")
ADDRESS = re.compile(r"(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.%a-z]+\]):\d+")


def free_port():
    """A port that is free, and the next one too: the server wants both."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as first, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second:
            first.bind((LOOPBACK, 0))
            port = first.getsockname()[1]
            try:
                second.bind((LOOPBACK, port + 1))
                return port
            except (OSError, OverflowError):
                continue


class Scene(programs.World):
    """Peers are named by their data folder, which is their display name too."""

    def __enter__(self):
        self.port = free_port()
        self.server_at = f"{LOOPBACK}:{self.port}"
        self.server = self.start_server(LOOPBACK, self.port)
        return self

    def start(self, name, *arguments):
        """A knothole-term --json at the server."""
        return self.start_peer(name, "--server", self.server_at, "--name", name, *arguments)

    def listen(self, name, *arguments):
        """One that takes everybody, has no input, and is there."""
        peer = self.start(name, "--accept=all", *arguments)
        peer.end_input()
        peer.await_event("registered")
        return peer

    def start_plain(self, name, *arguments):
        """Without --json."""
        plain = programs.Program([self.term, "--data-dir", self.path(name), "--server",
                                  self.server_at, "--name", name, *arguments])
        self.running.append(plain)
        return plain

    def run_plain(self, name, *arguments, text=""):
        """Runs it with this input to its end."""
        return subprocess.run(
            [self.term, "--data-dir", self.path(name), "--server", self.server_at, "--name", name,
             *arguments], input=text, text=True, capture_output=True, check=False,
            timeout=programs.TIMEOUT)


def main(cases):
    """Each case is a function of tap and scene, and has a server and folders of its own."""
    tap = tap_module.Tap()

    def run(case):
        with Scene(*sys.argv[1:3]) as scene:
            case(tap, scene)

    for case in cases:
        tap.run(case.__name__, lambda _, case=case: run(case))
    return tap.done()
