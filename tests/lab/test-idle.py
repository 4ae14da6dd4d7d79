#!/usr/bin/env python3
"""A connected pair that has nothing to say: it sends nothing but keepalives, and sleeps meanwhile.

usage: test-idle.py KNOTHOLED KNOTHOLE-TERM

Watched are the packets that cross the internet, and how often each program was woken.
"""

import os
import sys
import time

import lab as lab_module
import programs
import tap as tap_module

WATCHED_S = 45
# One every 15 seconds to the other home and one every 25 to the server, each with its answer; with
# room for one more of each at the edges. How long gateways remember is found out after a minute.
DIRECT_MAX = 2 * 4 * 2
SERVER_MAX = 2 * 3 * 2
# A keepalive and its answer have a timer to wake for, a packet to take, and a delayed
# acknowledgement to send; on a busy machine a thread now and then wakes in two steps.
WAKEUPS_A_PACKET = 2


def wakeups(process):
    """How often each thread of a process slept and was woken again."""
    counts = {}
    for thread in os.listdir(f"/proc/{process.pid}/task"):
        with open(f"/proc/{process.pid}/task/{thread}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("voluntary_ctxt_switches:"):
                    counts[thread] = int(line.split()[1])
    return counts


def wakeups_since(process, before):
    return sum(count - before.get(thread, 0) for thread, count in wakeups(process).items())


def packets(lab):
    core, server = lab["core"].counters(), lab["server"].counters()
    return (core["a_to_b"][0] + core["b_to_a"][0],
            server["to_server"][0] + server["from_server"][0])


def news(peer):
    """The events but for "path", which tells a changed round-trip time: on a busy machine that of
    a keepalive says more of the machine than of the path."""
    with peer.changed:
        peer.parse()
        return [event for event in peer.events if event["event"] != "path"]


def quiet(lab, seconds):
    """Until nothing has crossed the internet for so long: acknowledgements and checks are over."""
    last, since = packets(lab), time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(0.1)
        now = packets(lab)
        if now != last:
            last, since = now, time.monotonic()


def test_idle(tap, binaries):
    with lab_module.Lab() as lab, programs.TwoHomes(lab, *binaries) as homes:
        peers = {"b": homes.start("b")}
        peers["b"].await_event("registered")
        peers["a"] = homes.start_calling("a")
        for home, peer in peers.items():
            peer.await_event("path", kind="direct")
        peers["a"].send("good night")
        peers["b"].await_event("message", text="good night")
        quiet(lab, 5)

        direct, server = packets(lab)
        woken = {home: wakeups(peer.process) for home, peer in peers.items()}
        told = {home: news(peer) for home, peer in peers.items()}
        time.sleep(WATCHED_S)
        direct, server = (now - then for now, then in zip(packets(lab), (direct, server)))

        for home, peer in peers.items():
            count = wakeups_since(peer.process, woken[home])
            # Half of what crosses is sent or taken by each of the two.
            limit = WAKEUPS_A_PACKET * (direct + server / 2)
            tap.ok(count <= limit, f"{home} wakes for its keepalives alone",
                   f"{count} times in {WATCHED_S} s; at most {limit:.0f}")
            tap.equal(news(peer), told[home], f"{home} has nothing to say")
        tap.ok(0 < direct <= DIRECT_MAX, "between the homes, keepalives and their answers",
               f"{direct} packets; at most {DIRECT_MAX}")
        tap.ok(server <= SERVER_MAX, "at the server too", f"{server} packets; at most {SERVER_MAX}")

        peers["b"].send("good morning")
        peers["a"].await_event("message", text="good morning")
        tap.ok(True, "and the path still carries a message")


def main(*binaries):
    tap = tap_module.Tap()
    tap.run("idle", test_idle, binaries)
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main, *sys.argv[1:]))
