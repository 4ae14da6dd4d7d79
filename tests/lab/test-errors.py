#!/usr/bin/env python3
"""What goes wrong for a user, on loopback: each case has an error and words of its own in
knothole-term, and nothing is lost by it.

usage: test-errors.py KNOTHOLED KNOTHOLE-TERM

The cases that need a mount (a full disk; a read-only folder as root) are skipped without root.
"""

import os
import socket
import sqlite3
import subprocess
import sys

import programs
import tap as tap_module

LOOPBACK = "127.0.0.1"


def in_own_mounts(script, folder):
    """A wrapper that runs a program where the folder has been mounted in another way."""
    return ("unshare", "--mount", "--propagation", "private", "sh", "-ec",
            script + '; shift; exec "$@"', "sh", folder)


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
            except OSError:
                continue


class Errors:
    """The cases; what each has said is collected to see that no two say the same."""

    def __init__(self, tap, world):
        self.tap = tap
        self.world = world
        self.port = free_port()
        self.server_at = f"{LOOPBACK}:{self.port}"
        self.server = world.start_server(LOOPBACK, self.port)
        self.said = {}

    def expect(self, case, code, peer):
        """The peer reports this error, in a sentence."""
        message = peer.await_event("error", code=code)["message"]
        self.tap.ok(len(message) > 20 and message not in self.said.values(),
                    f"{case}: its own clear message", message)
        self.said[case] = message

    def expect_end(self, case, code, status, peer):
        """The same, and it ends by itself."""
        self.expect(case, code, peer)
        self.tap.equal(peer.wait(), status, f"{case}: exit status {status}")

    def start(self, name, *arguments, server=None, wrapper=()):
        return self.world.start_peer(name, "--server", server or self.server_at, "--name", name,
                                     *arguments, wrapper=wrapper)

    def stop(self, *peers):
        for peer in peers:
            peer.end_input()
            peer.stop()

    # What was typed

    def bad_peer_id(self):
        good = self.world.peer_id("ada")
        wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
        self.expect_end("mistyped peer ID", "bad-peer-id", 2, self.start("ada", wrong))
        self.expect_end("short peer ID", "bad-peer-id", 2, self.start("ada", good[:-5]))

    def own_id(self):
        self.expect_end("own ID", "own-id", 2, self.start("ada", self.world.peer_id("ada")))

    def bad_server(self):
        self.expect_end("malformed server", "bad-server", 2,
                        self.start("ada", server="example.org:70000"))

    # The server

    def server_down(self):
        peer = self.start("ada", server=f"{LOOPBACK}:{free_port()}")
        self.expect("wrong port or server down", "server-refused", peer)
        self.stop(peer)

    def server_silent(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
            nobody.bind((LOOPBACK, 0))
            peer = self.start("ada", server=f"{LOOPBACK}:{nobody.getsockname()[1]}")
            self.expect("wrong address, nothing answers", "server-silent", peer)
            self.stop(peer)

    def server_key_changed(self):
        port = free_port()
        for state in ("first", "second"):
            server = self.world.start_server(LOOPBACK, port, state=state)
            peer = self.start("ada", server=f"{LOOPBACK}:{port}")
            if state == "first":
                peer.await_event("registered")
            else:
                self.expect("changed server key", "server-key-changed", peer)
                self.tap.equal(peer.select("registered"), [],
                               "changed server key: it does not go on by itself")
            self.stop(peer)
            server.stop()

    # The other person

    def peer_offline(self):
        """And the message waits until they are there."""
        grace = self.world.peer_id("grace")
        ada = self.start("ada", "--timeout", "5", grace)
        ada.send("see you later")
        ada.end_input()
        self.expect_end("peer offline", "peer-offline", 1, ada)
        self.tap.equal(self.world.history("ada", programs.DIRECTION_OUT)[-1:], ["see you later"],
                       "peer offline: the message is kept")

        waiting = self.start("grace", "--accept=all")
        waiting.await_event("registered")
        ada = self.start("ada", grace)
        waiting.await_event("message", text="see you later")
        self.tap.equal(waiting.texts(), ["see you later"], "peer offline: it arrives later, once")
        ada.end_input()
        self.tap.equal(ada.wait(), 0, "peer offline: and then all is acknowledged")
        self.stop(waiting)

    def peer_declines(self):
        """Somebody who takes contacts only does not answer a stranger."""
        dora = self.start("dora", "--accept=contacts")
        dora.await_event("registered")
        ada = self.start("ada", self.world.peer_id("dora"))
        self.expect("peer does not answer", "peer-unanswered", ada)
        self.tap.equal(dora.select("session"), [], "peer does not answer: no session")
        self.stop(ada, dora)

    # The disk

    def second_instance(self):
        first = self.start("ada")
        first.await_event("registered")
        self.expect_end("second instance", "locked", 1, self.start("ada"))
        self.stop(first)

    def newer_database(self):
        path = os.path.join(self.world.path("ada"), "history.db")
        with sqlite3.connect(path) as database:
            ours = database.execute("PRAGMA user_version").fetchone()[0]
            database.execute("PRAGMA user_version = 9999")
        database.close()
        self.expect_end("newer database", "newer-database", 1, self.start("ada"))
        with sqlite3.connect(path) as database:
            self.tap.equal(database.execute("PRAGMA user_version").fetchone()[0], 9999,
                           "newer database: left as it was")
            database.execute(f"PRAGMA user_version = {ours}")
        database.close()

    def read_only(self):
        folder = self.world.path("ada")
        if os.geteuid() == 0:
            wrapper = in_own_mounts('mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"',
                                    folder)
            self.expect_end("read-only folder", "read-only", 1, self.start("ada", wrapper=wrapper))
        else:
            os.chmod(folder, 0o500)
            self.expect_end("read-only folder", "read-only", 1, self.start("ada"))
            os.chmod(folder, 0o700)

    def full_disk(self):
        """A disk with room for the folder and its key, and not for the history."""
        if os.geteuid() != 0:
            self.tap.ok(True, "full disk # SKIP a disk of its own needs root")
            return
        folder = self.world.path("full")
        os.mkdir(folder, 0o700)
        wrapper = in_own_mounts('mount -t tmpfs -o size=16k,mode=700 tmpfs "$1"', folder)
        self.expect_end("full disk", "no-space", 1, self.start("full", wrapper=wrapper))

    def nothing_lost(self):
        """After all of it, the same identity with the same history."""
        self.tap.equal(self.world.peer_id("ada"), self.ada_at_first, "ada is who she was")
        ada = self.start("ada")
        ada.await_event("registered")
        self.stop(ada)
        self.tap.equal(self.world.history("ada", programs.DIRECTION_OUT), ["see you later"],
                       "and has what she had")

    def plain_words(self):
        """Without --json the same words go to standard error."""
        done = subprocess.run(
            [self.world.term, "--data-dir", self.world.path("ada"), "--server", self.server_at,
             self.world.peer_id("ada")],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        self.tap.equal((done.returncode, done.stdout), (2, ""), "plain: nothing on standard output")
        self.tap.ok(self.said["own ID"] in done.stderr, "plain: the message on standard error",
                    done.stderr)

    def usage(self):
        for arguments in (["--no-such-option"], ["--accept=perhaps"], ["--timeout", "soon"],
                          ["one", "two"]):
            done = subprocess.run(
                [self.world.term, "--data-dir", self.world.path("ada"), *arguments],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            self.tap.equal((done.returncode, bool(done.stderr)), (2, True),
                           f"usage: {' '.join(arguments)}")

    def run(self):
        self.ada_at_first = self.world.peer_id("ada")
        for case in (self.bad_peer_id, self.own_id, self.bad_server, self.usage, self.server_down,
                     self.server_silent, self.server_key_changed, self.peer_offline,
                     self.peer_declines, self.second_instance, self.newer_database,
                     self.read_only, self.full_disk, self.plain_words, self.nothing_lost):
            self.tap.run(case.__name__, lambda tap, case=case: case())
        self.tap.equal(self.server.stop(), 0, "the server ends well")


def main(*binaries):
    tap = tap_module.Tap()
    with programs.World(*binaries) as world:
        Errors(tap, world).run()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
