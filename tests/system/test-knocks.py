#!/usr/bin/env python3
"""Who may start a session: --accept, and the answers to a knock.

usage: test-knocks.py KNOTHOLED KNOTHOLE-TERM
"""

import os
import pty
import subprocess
import sys

import scene as scene_module
from scene import programs


def accept(tap, scene):
    """--accept=ask, the default: nothing happens before the answer."""
    grace = scene.start("grace")
    grace.await_event("registered")
    ada = scene.start("ada", scene.peer_id("grace"))
    ada.send("hello")
    grace.await_event("knock", peer_id=scene.peer_id("ada"), name="ada")
    tap.equal(ada.select("session") + grace.select("session"), [], "no session before the answer")
    grace.send("/accept 0000-0000-0000-0000-0000-0000-0000")
    grace.await_event("error", code="no-knock")
    grace.send("/accept " + scene.peer_id("ada").upper().replace("-", " "))
    grace.await_event("message", text="hello")
    grace.send("welcome")
    ada.await_event("message", text="welcome")
    tap.ok(True, "accepted: both ways")
    ada.end_input()
    tap.equal(ada.wait(), 0, "the caller ends well")
    grace.end_input()
    tap.equal(grace.wait(), 0, "and who was called")

    again = scene.start("grace")
    again.await_event("registered")
    ada = scene.start("ada", scene.peer_id("grace"))
    again.await_event("session")
    tap.equal(again.select("knock"), [], "a contact is not asked about again")


def decline(tap, scene):
    grace = scene.start("grace")
    grace.await_event("registered")
    ada = scene.start("ada", scene.peer_id("grace"))
    ada.send("hello")
    grace.await_event("knock")
    grace.send("/decline " + scene.peer_id("ada"), "/decline " + scene.peer_id("ada"))
    grace.await_event("error", code="no-knock")
    tap.equal(ada.select("session") + grace.select("session"), [], "declined: no session")
    tap.equal(grace.texts(), [], "and no message")
    tap.equal(ada.stop(), 1, "the message stays undelivered")


def block(tap, scene):
    """For good: in the next run too, whoever else is taken."""
    grace = scene.start("grace")
    grace.await_event("registered")
    ada = scene.start("ada", scene.peer_id("grace"))
    grace.await_event("knock")
    grace.send("/block " + scene.peer_id("ada"), "/accept " + scene.peer_id("ada"))
    grace.await_event("error", code="no-knock")
    ada.stop()
    grace.stop()
    grace = scene.listen("grace")
    ada = scene.start("ada", scene.peer_id("grace"))
    ada.await_event("registered")
    bob = scene.start("bob", scene.peer_id("grace"))
    bob.await_event("session")
    ada.await_event("error")
    tap.equal(ada.select("session"), [], "blocked: no session, even with --accept=all")
    tap.equal([event["name"] for event in grace.select("session")], ["bob"], "others are taken")


def contacts(tap, scene):
    """--accept=contacts: who was called before may call; strangers are not even shown."""
    grace = scene.listen("grace")
    ada = scene.start("ada", scene.peer_id("grace"))
    ada.await_event("session")
    for peer in (ada, grace):
        peer.stop()
    grace = scene.start("grace", "--accept=contacts")
    grace.await_event("registered")
    bob = scene.start("bob", scene.peer_id("grace"))
    bob.await_event("registered")
    ada = scene.start("ada", scene.peer_id("grace"))
    grace.await_event("session", name="ada")
    tap.ok(True, "a contact is taken")
    tap.equal((grace.select("knock"), bob.select("session")), ([], []), "a stranger is not")


class Terminal:
    """A plain knothole-term on a pseudo-terminal, as a person has it."""

    def __init__(self, scene, name, *arguments):
        self.master, slave = pty.openpty()
        self.text = ""
        self.process = subprocess.Popen(
            [scene.term, "--data-dir", scene.path(name), "--server", scene.server_at, "--name",
             name, *arguments], stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)

    def await_text(self, text):
        while text not in self.text:
            try:
                part = os.read(self.master, 4096)
            except OSError:
                part = b""
            if not part:
                raise AssertionError(f"no {text!r} in {self.text}")
            self.text += part.decode("utf-8", "replace")

    def type(self, text):
        os.write(self.master, text.encode())

    def wait(self):
        status = self.process.wait(programs.TIMEOUT)
        os.close(self.master)
        return status


def terminal(tap, scene):
    """On a terminal the answer is a letter, and the end of input is meant."""
    grace = Terminal(scene, "grace")
    grace.await_text("You are")
    ada = scene.start("ada", scene.peer_id("grace"))
    bob = scene.start("bob", scene.peer_id("grace"))
    grace.await_text("“ada”" if "“ada”" in grace.text else "wants to talk to you")
    grace.await_text("Type y")
    first = "ada" if "“ada”" in grace.text else "bob"
    second = "bob" if first == "ada" else "ada"
    peers = {"ada": ada, "bob": bob}
    grace.type("y\n")
    grace.await_text("Connected to " + first)
    grace.await_text(f"“{second}”")
    grace.type("n\n")
    grace.type("hello from here\n")
    peers[first].await_event("message", text="hello from here")
    tap.equal(peers[second].select("session"), [], "y accepts, n declines")
    grace.type("y\n")
    peers[first].await_event("message", text="y")
    tap.ok(True, "without a question, y is a message")
    grace.type("\x04")
    tap.equal(grace.wait(), 0, "Ctrl+D ends it")

    lonely = Terminal(scene, "dora")
    lonely.await_text("You are")
    lonely.type("\x04")
    tap.equal(lonely.wait(), 0, "also before the first line")


if __name__ == "__main__":
    sys.exit(scene_module.main([accept, decline, block, contacts, terminal]))
