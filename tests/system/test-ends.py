#!/usr/bin/env python3
"""How a run ends, with which exit status, and what the next run finds.

usage: test-ends.py KNOTHOLED KNOTHOLE-TERM
"""

import argparse
import fcntl
import os
import signal
import subprocess
import sys

import scene as scene_module
from scene import programs


def delivered(tap, scene):
    grace = scene.listen("grace")
    ada = scene.start("ada", scene.peer_id("grace"))
    ada.send("one", "two")
    ada.end_input()
    tap.equal(ada.wait(), 0, "everything delivered: exit status 0")
    tap.equal([event["state"] for event in ada.select("receipt")][:2], ["delivered"] * 2,
              "with a receipt for each")
    tap.equal(ada.select("error"), [], "and no error")
    grace.await_events(2, "message")
    tap.equal(grace.stop(), 0, "a listener ends well on SIGTERM")


def no_input_listens(tap, scene):
    """Without a peer, an input that ends at once is no input."""
    grace = scene.listen("grace")
    for text in ("one", "two"):
        done = scene.run_plain("ada", scene.peer_id("grace"), text=text + "\n")
        tap.equal(done.returncode, 0, f"{text} is taken by who has no input")
    grace.await_event("message", text="two")
    grace.stop(signal.SIGINT)
    tap.equal(grace.process.returncode, 0, "SIGINT ends it well")
    timed = scene.start("grace", "--timeout", "0.5")
    timed.end_input()
    tap.equal(timed.wait(), 0, "and so does the timeout, with nothing to deliver")


def lines_before_anybody(tap, scene):
    """Lines without a peer wait for who comes first."""
    grace = scene.start("grace", "--accept=all")
    grace.send("one", "two")
    grace.end_input()
    grace.await_event("registered")
    ada = scene.start("ada", scene.peer_id("grace"))
    ada.await_event("message", text="two")
    tap.equal(ada.texts(), ["one", "two"], "who comes first gets what was written before")
    tap.equal(grace.wait(), 0, "and then it ends")
    ada.end_input()
    tap.equal(ada.wait(), 0, "no input and a peer: ends at once")

    nobody = scene.start("grace", "--timeout", "0.5")
    nobody.send("hello?")
    nobody.end_input()
    tap.equal(nobody.wait(), 1, "nobody came: exit status 1")
    nobody.await_event("error", code="nobody")


def pending(tap, scene):
    """What was not delivered goes out in a later run, before what is new."""
    grace_id = scene.peer_id("grace")
    ada = scene.start("ada", "--timeout", "0.5", grace_id)
    ada.send("one", "two")
    ada.end_input()
    tap.equal(ada.wait(), 1, "not delivered: exit status 1")
    tap.equal(len(ada.select("error", code="undelivered")), 1, "and it says so")

    killed = scene.start("ada", grace_id)
    killed.send("three")
    killed.await_event("sent", text="three")
    killed.process.kill()
    killed.wait()

    interrupted = scene.start("ada", grace_id)
    interrupted.send("four")
    interrupted.await_event("sent", text="four")
    tap.equal(interrupted.stop(signal.SIGTERM), 1, "SIGTERM with messages undelivered: 1")

    grace = scene.listen("grace")
    ada = scene.start("ada", grace_id)
    ada.end_input()
    tap.equal(ada.wait(), 0, "a later run without input delivers them")
    grace.await_event("message", text="four")
    tap.equal(grace.texts(), ["one", "two", "three", "four"], "once each, in order")


def start_unread(scene):
    """A plain listener whose output nobody reads; its pipe holds one page."""
    grace = subprocess.Popen(
        [scene.term, "--data-dir", scene.path("grace"), "--server", scene.server_at,
         "--accept=all"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    fcntl.fcntl(grace.stdout, fcntl.F_SETPIPE_SZ, 4096)
    scene.running.append(argparse.Namespace(process=grace))
    return grace


def unprinted(tap, scene):
    """A message that was stored, and killed while it was printed, is printed by the next run."""
    text = "x" * 60000
    grace = start_unread(scene)
    ada = scene.start("ada", scene.peer_id("grace"))
    ada.send(text)
    tap.equal(os.read(grace.stdout.fileno(), 5), b"ada: ", "killed while it prints")
    grace.kill()
    grace.wait()
    tap.equal(scene.history("grace", programs.DIRECTION_IN), [text], "it was stored before")
    again = scene.listen("grace")
    again.await_event("message")
    ada.send("more")
    again.await_event("message", text="more")
    tap.equal(again.texts(), [text, "more"], "the next run prints it, once and in order")
    ada.end_input()
    tap.equal(ada.wait(), 0, "and acknowledges it")
    tap.equal(again.stop(), 0, "and ends well")
    third = scene.listen("grace")
    done = scene.run_plain("ada", scene.peer_id("grace"), text="world\n")
    tap.equal(done.returncode, 0, "the run after that is there")
    third.await_event("message", text="world")
    tap.equal(third.texts(), ["world"], "and does not print it again")


def no_reader(tap, scene):
    """Output that nobody will ever read ends it; nothing is lost by that either."""
    grace = start_unread(scene)
    grace.stdout.close()
    ada = scene.start("ada", scene.peer_id("grace"))
    ada.send("hello")
    ada.end_input()
    tap.equal(grace.wait(programs.TIMEOUT), 1, "a closed output: exit status 1")
    again = scene.listen("grace")
    again.await_event("message", text="hello")
    tap.equal(ada.wait(), 0, "the next run has the message")
    tap.equal(again.texts(), ["hello"], "once")


def goodbye(tap, scene):
    """Each way out tells the other side."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        grace = scene.listen("grace")
        ada = scene.start("ada", scene.peer_id("grace"))
        ada.await_event("session")
        grace.await_event("session")
        tap.equal(ada.stop(number), 0, f"{number.name}: exit status 0")
        grace.await_event("closed", reason="done")
        grace.stop()


def server_key(tap, scene):
    """A changed server key ends it, unless the new key is named."""
    scene.listen("ada").stop()
    scene.server.stop()
    scene.start_server(scene_module.LOOPBACK, scene.port, state="another")
    refused = scene.start("ada")
    message = refused.await_event("error", code="server-key-changed")["message"]
    tap.equal(refused.wait(), 3, "changed server key: exit status 3")
    key = message.split("--accept-server-key ")[1].rstrip(".")
    wrong = ("A" if key[0] != "A" else "B") + key[1:]
    tap.equal(scene.start("ada", "--accept-server-key", wrong).wait(), 3, "another key: still 3")
    for arguments in (("--accept-server-key", key), ()):
        accepted = scene.start("ada", *arguments)
        accepted.await_event("registered")
        tap.equal(accepted.select("error"), [], f"accepted: {'given' if arguments else 'remembered'}")
        accepted.stop()


def server_back(tap, scene):
    """Trouble that passes is told once, and does not end a session."""
    grace = scene.listen("grace")
    ada = scene.start("ada", scene.peer_id("grace"))
    ada.await_event("session")
    scene.server.stop()
    ada.await_event("error", code="server-going-away")
    ada.send("without the server")
    grace.await_event("message", text="without the server")
    scene.start_server(scene_module.LOOPBACK, scene.port)
    ada.await_events(2, "registered")
    codes = [event["code"] for event in ada.select("error")]
    tap.equal(len(codes), len(set(codes)), "each trouble is told once")
    ada.end_input()
    tap.equal(ada.wait(), 0, "and all is well in the end")


if __name__ == "__main__":
    sys.exit(scene_module.main([delivered, no_input_listens, lines_before_anybody, pending,
                                unprinted, no_reader, goodbye, server_key, server_back]))
