#!/usr/bin/env python3
"""knothole-term --check-network on loopback: the report, and each way in which there is none.

usage: test-check-network.py KNOTHOLED KNOTHOLE-TERM
"""

import json
import os
import shutil
import socket
import subprocess
import sys

import scene as scene_module

programs = scene_module.programs

MEMBERS = {"event", "t_ms", "server", "software", "version_min", "version_max", "rtt_ms",
           "clock_ahead_ms", "relay", "udp", "tcp", "tcp_443", "ipv4", "ipv6", "address", "address6", "nat",
           "lifetime", "port_mapping", "text"}


def run(scene, *arguments, data="nobody"):
    return subprocess.run(
        [scene.term, "--data-dir", scene.path(data), "--check-network", *arguments], text=True,
        stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=programs.TIMEOUT)


def run_json(scene, *arguments, data="nobody"):
    """The exit status and the one event that there is."""
    done = run(scene, "--json", *arguments, data=data)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    if len(events) != 1:
        raise AssertionError(f"{len(events)} events\n{done.stdout}{done.stderr}")
    return done.returncode, events[0]


def report(tap, scene):
    status, event = run_json(scene, "--server", scene.server_at)
    tap.equal((status, event["event"], set(event) ^ MEMBERS), (0, "network", set()),
              "the event has the members of the contract")
    tap.equal((event["udp"], event["tcp"], event["ipv4"]), ("works",) * 3, "loopback works")
    tap.equal(event["relay"], "works", "the server says that it relays")
    tap.equal((event["nat"]["kind"], event["port_mapping"]["state"]), ("open", "needless"),
              "and has no router")
    tap.ok(abs(event["clock_ahead_ms"]) < 1000, "one machine has one clock")
    tap.ok(not os.path.exists(scene.path("nobody")), "it leaves nothing behind")
    plain = run(scene, "--server", scene.server_at)
    tap.equal((plain.returncode, plain.stderr), (0, ""), "in words it is on standard output")
    for words in ("a direct path to", "UDP gets through.", "TCP gets through.", scene.server_at,
                  "knotholed", "Its clock and yours agree", "Relay: Up to "):
        tap.ok(words in plain.stdout, f"the words: “{words}”")


def beside(tap, scene):
    """A session in the same folder goes on; its server and its key are what is checked."""
    ada = scene.listen("ada")
    status, event = run_json(scene, data="ada")
    tap.equal((status, event["server"]), (0, scene.server_at), "the server is remembered")
    grace = scene.start("grace", scene.peer_id("ada"))
    grace.await_event("session")
    tap.equal(ada.select("error"), [], "and nothing is disturbed")


def no_server(tap, scene):
    status, event = run_json(scene)
    tap.equal((status, event["code"]), (2, "no-server"), "no server")
    status, event = run_json(scene, "--server", "nowhere.invalid")
    tap.equal((status, event["code"]), (1, "resolve"), "a name without an address")
    status, event = run_json(scene, "--server", f"127.0.0.1:{scene_module.free_port()}")
    tap.equal((status, event["code"]), (1, "server-refused"), "nobody at that port")
    tap.ok("trying again" not in event["message"], "it is asked once", event["message"])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, \
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        port = scene_module.free_port()
        udp.bind(("127.0.0.1", port))
        tcp.bind(("127.0.0.1", port))
        tcp.listen()
        status, event = run_json(scene, "--server", f"127.0.0.1:{port}")
    tap.equal((status, event["code"]), (1, "server-silent"), "silence at that port")


def other_key(tap, scene):
    scene.listen("ada").stop()
    scene.server.stop()
    shutil.rmtree(scene.path("server"))
    scene.server = scene.start_server(scene_module.LOOPBACK, scene.port)
    status, event = run_json(scene, data="ada")
    tap.equal((status, event["code"]), (3, "server-key-changed"), "another key than before")
    key = event["message"].rsplit(" ", 1)[1].rstrip(".")
    tap.equal(len(key), 43, "the key is there to be compared")
    status, event = run_json(scene, "--accept-server-key", key, data="ada")
    tap.equal((status, event["event"]), (0, "network"), "and is taken when it is given")


def usage(tap, scene):
    for arguments in (("--accept-server-key", "short"), ("--bench-serve",), (scene.peer_id("ada"),)):
        tap.equal(run(scene, "--server", scene.server_at, *arguments).returncode, 2,
                  f"{arguments[0]} is refused")
    done = subprocess.run([scene.term, "--long"], capture_output=True, check=False)
    tap.equal(done.returncode, 2, "--long alone is refused")


if __name__ == "__main__":
    sys.exit(scene_module.main([report, beside, no_server, other_key, usage]))
