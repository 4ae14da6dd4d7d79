#!/usr/bin/env python3
"""What becomes of standard input: lines, long lines, commands, more than anybody takes.

usage: test-input.py KNOTHOLED KNOTHOLE-TERM
"""

import os
import select
import sys

import scene as scene_module
from scene import programs

# Messages that may be undelivered before no more input is read.
WINDOW = 256


def lines(tap, scene):
    """Good lines arrive; each bad one is named, and the exit status tells."""
    grace = scene.listen("grace")
    ada = scene.start("ada", scene.peer_id("grace"))
    longest = "ü" * 32768
    raw = b"\n".join([b"first", b"", b"x" * 65537, b"\xff\xfe", longest.encode(), b"with\r",
                      b"a\0b", b"no end"])
    ada.process.stdin.write(raw)
    ada.end_input()
    tap.equal(ada.wait(), 1, "some lines could not be sent: exit status 1")
    grace.await_event("message", text="no end")
    tap.equal(grace.texts(), ["first", longest, "with", "no end"], "the others arrived, in order")
    errors = [(error["code"], error["message"].split()[1]) for error in ada.select("error")
              if error["code"].startswith("line-")]
    tap.equal(errors, [("line-too-long", "3"), ("line-not-text", "4"), ("line-not-text", "7")],
              "each bad line is named by its number")


def slashes(tap, scene):
    """Only whole commands are commands."""
    grace = scene.listen("grace")
    ada = scene.start("ada", scene.peer_id("grace"))
    ada.await_event("session")
    ada.send("/etc/fstab", "// comment", "//quit", "/why", "/quit", "never read")
    tap.equal(ada.wait(), 0, "/quit ends it, once all is delivered")
    grace.await_event("message", text="/quit")
    tap.equal(grace.texts(), ["/etc/fstab", "// comment", "/quit"], "what is no command is a message")
    why = ada.select("why")
    tap.equal([(event["presence"], "Connected" in event["text"]) for event in why],
              [("connected", True)], "/why explains")


def flood(tap, scene):
    """A writer without end waits in its pipe while nobody takes the messages."""
    grace_id = scene.peer_id("grace")
    ada = scene.start("ada", grace_id)
    ada.await_event("error", code="peer-offline")
    ada.send("first")
    ada.await_event("sent", text="first")
    descriptor = ada.process.stdin.fileno()
    os.set_blocking(descriptor, False)
    written = 0
    line = b"y" * 1000 + b"\n"
    while len(ada.select("sent")) < WINDOW:
        select.select([], [descriptor], [], 0.05)
        try:
            written += os.write(descriptor, line)
        except BlockingIOError:
            pass
    try:
        while select.select([], [descriptor], [], 0.5)[1]:
            written += os.write(descriptor, line)
    except BlockingIOError:
        pass
    tap.equal(len(ada.select("sent")), WINDOW, "it stops reading at the window")
    tap.ok(written < WINDOW * len(line) + 200000, "the rest waits in the pipe", f"{written} bytes")

    grace = scene.listen("grace")
    grace.await_events(WINDOW + 10, "message")
    tap.ok(True, "and goes on when they are taken")
    ada.process.stdin.close()
    tap.equal(ada.wait(), 0, "until all are delivered")
    total = written // len(line) + 1
    grace.await_events(total, "message")
    tap.equal(len(grace.texts()), total, "each of them once")


def flood_timeout(tap, scene):
    """--timeout is the patience with a peer who takes nothing, too."""
    ada = scene.start("ada", "--timeout", "1", scene.peer_id("grace"))
    ada.send_in_background(["x" * 1000] * 1000)
    tap.equal(ada.wait(), 1, "held back longer than --timeout: it gives up")
    tap.equal(len(ada.select("error", code="undelivered")), 1, "and says what is undelivered")
    tap.equal(len(scene.history("ada", programs.DIRECTION_OUT)), WINDOW, "which is kept")


def many(tap, scene):
    """Both directions at once, in order."""
    peers = {"grace": scene.start("grace", "--accept=all")}
    peers["grace"].await_event("registered")
    peers["ada"] = scene.start("ada", scene.peer_id("grace"))
    for peer in peers.values():
        peer.await_event("session")
    texts = {name: [f"{name} {i}" for i in range(2000)] for name in peers}
    for name, peer in peers.items():
        peer.send_in_background(texts[name])
    for name, peer in peers.items():
        peer.await_events(2000, "message")
        peer.await_events(2000, "receipt", state="delivered")
    for name, other in (("ada", "grace"), ("grace", "ada")):
        tap.equal(peers[name].texts(), texts[other], f"{name} has all of them once, in order")
    for name, peer in peers.items():
        peer.end_input()
        tap.equal(peer.wait(), 0, f"{name} ends well")


if __name__ == "__main__":
    sys.exit(scene_module.main([lines, slashes, flood, flood_timeout, many]))
