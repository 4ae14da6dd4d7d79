#!/usr/bin/env python3
"""Measurements between two programs: --bench-serve and --bench-to.

usage: test-bench.py KNOTHOLED KNOTHOLE-TERM
"""

import signal
import subprocess
import sys

import scene as scene_module

MEMBERS = {"event", "t_ms", "peer_id", "goodput_bps", "bytes", "seconds", "packets", "lost",
           "retransmitted_share", "rtt_min_ms", "rtt_mean_ms", "rtt_p95_ms", "cpu_s",
           "peer_cpu_s"}


def serve(scene):
    return scene.listen("grace", "--bench-serve")


def measure(tap, scene, *arguments):
    """Runs one to its end, without input; returns the event."""
    ada = scene.start("ada", "--bench-to", scene.peer_id("grace"), *arguments)
    ada.end_input()
    tap.equal(ada.wait(), 0, f"{' '.join(arguments)}: exit status 0")
    tap.equal(ada.select("error"), [], "without an error")
    events = ada.select("bench")
    tap.equal(len(events), 1, "and one event")
    return events[0]


def counted(tap, scene):
    """What is asked for is what arrives."""
    serve(scene)
    for arguments, count in ((("--bytes", "1"), 1), (("--bytes", "20M"), 20000000),
                             (("--bytes", "2500k", "--streams", "4"), 2500000),
                             (("--bytes", "1M", "--streams", "100"), 1000000)):
        event = measure(tap, scene, *arguments)
        tap.equal(event["bytes"], count, "of so many bytes")
        tap.equal(set(event), MEMBERS, "with its members")
        tap.equal(event["peer_id"], scene.peer_id("grace"), "about the peer")
        rate = event["bytes"] * 8 / event["seconds"]
        tap.ok(abs(event["goodput_bps"] - rate) <= rate * 0.001 + 1, "the goodput is theirs")
        tap.ok(0 < event["rtt_min_ms"] <= event["rtt_mean_ms"], "round-trip times are in order")
        tap.ok(event["rtt_min_ms"] <= event["rtt_p95_ms"], "and so is the 95th percentile")
        tap.ok(event["packets"] > count / 8952, "packets were counted")
        tap.ok(0 <= event["retransmitted_share"] < 1, "the share is one")
        tap.ok(event["cpu_s"] > 0 and event["peer_cpu_s"] >= 0, "and processors too")


def timed(tap, scene):
    serve(scene)
    event = measure(tap, scene, "--seconds", "0.5", "--streams", "2")
    tap.ok(event["seconds"] >= 0.5, "it sends for so long")
    tap.ok(event["bytes"] > 0, "something")


def plain(tap, scene):
    """Without --json it is a table on standard output."""
    serve(scene)
    done = scene.run_plain("ada", "--bench-to", scene.peer_id("grace"), "--bytes", "100k")
    tap.equal(done.returncode, 0, "exit status 0")
    lines = done.stdout.splitlines()
    tap.equal([line.split()[0] for line in lines],
              ["Measured", "goodput", "data", "packets", "round", "processor"], "a line for each")
    # No line is broken at the space.
    tap.ok("100.0\N{NO-BREAK SPACE}kB" in done.stdout, "with the bytes")


def refused(tap, scene):
    """Who did not ask to serve is not measured, and goes on as before."""
    grace = scene.listen("grace")
    ada = scene.start("ada", "--bench-to", scene.peer_id("grace"), "--streams", "3")
    ada.await_event("error", code="refused")
    tap.equal(ada.wait(), 1, "refused: exit status 1")
    tap.equal(ada.select("bench"), [], "without a result")
    done = scene.run_plain("ada", scene.peer_id("grace"), text="well then\n")
    tap.equal(done.returncode, 0, "a message goes through")
    grace.await_event("message", text="well then")


def chat(tap, scene):
    """Lines are sent, and messages come, while it measures."""
    grace = scene.start("grace", "--accept=all", "--bench-serve")
    grace.await_event("registered")
    ada = scene.start("ada", "--bench-to", scene.peer_id("grace"), "--seconds", "600")
    ada.await_event("path")
    ada.send("there")
    grace.await_event("message", text="there")
    grace.send("and back")
    ada.await_event("message", text="and back")
    ada.await_event("receipt", state="delivered")
    tap.equal(ada.select("bench") + ada.select("error"), [], "the measurement goes on")
    tap.equal(ada.stop(), 1, "stopped by a signal: exit status 1")
    ada.await_event("error", code="bench-stopped")
    grace.end_input()
    measure(tap, scene, "--bytes", "1000")
    tap.equal(grace.stop(), 0, "who serves goes on after its input, until it is stopped")


def lost(tap, scene):
    """The other side goes away in the middle."""
    grace = serve(scene)
    ada = scene.start("ada", "--bench-to", scene.peer_id("grace"), "--seconds", "600")
    ada.await_event("path")
    ada.send("are you there?")
    ada.end_input()
    grace.await_event("message")
    tap.equal(grace.stop(signal.SIGINT), 0, "who serves ends well in the middle")
    ada.await_event("error", code="interrupted")
    tap.equal(ada.wait(), 1, "and who measures says that it has no result")
    tap.equal(ada.select("bench"), [], "and prints none")


def nobody(tap, scene):
    """--timeout is the patience for a peer who does not come."""
    ada = scene.start("ada", "--bench-to", scene.peer_id("grace"), "--timeout", "0.5")
    tap.equal(ada.wait(), 1, "nobody to measure to: exit status 1")
    ada.await_event("error", code="bench-not-begun")


def wrong_words(tap, scene):
    for arguments in (("--bench-to", "k3f9"), ("--bytes", "5"), ("--bench-serve", "--seconds", "1"),
                      ("--bench-to", scene.peer_id("grace"), "--bytes", "5x"),
                      ("--bench-to", scene.peer_id("ada")),
                      ("--bench-to", scene.peer_id("grace"), scene.peer_id("grace"))):
        done = scene.run_plain("ada", *arguments)
        tap.equal(done.returncode, 2, f"{arguments[0]}: exit status 2")
        tap.ok(done.stderr.strip() != "" and done.stdout == "", "with a reason")
    told = subprocess.run([scene.term, "--help"], capture_output=True, text=True, check=True)
    for option in ("--bench-serve", "--bench-to", "--bytes", "--seconds", "--streams"):
        tap.ok(option in told.stdout, f"--help names {option}")


if __name__ == "__main__":
    sys.exit(scene_module.main([counted, timed, plain, refused, chat, lost, nobody, wrong_words]))
