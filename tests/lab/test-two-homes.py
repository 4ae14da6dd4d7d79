#!/usr/bin/env python3
"""Two homes behind Linux NATs meet through the server and talk directly: by what the programs say,
and by what crosses the server's network.

usage: test-two-homes.py KNOTHOLED KNOTHOLE-TERM
"""

import sys

import lab as lab_module
import programs
import tap as tap_module

MESSAGES = 300
# As text; a message is more on the wire.
MESSAGE_SIZE = 200


def connect(homes):
    """b waits, a calls. Returns both once each says that its path is direct."""
    peers = {"b": homes.start("b")}
    peers["b"].await_event("registered")
    peers["a"] = homes.start_calling("a")
    for home, peer in peers.items():
        peer.await_event("session", peer_id=homes.ids[homes.other(home)])
        peer.await_event("path", kind="direct")
    return peers


def check_events(tap, homes, peers, name):
    for home, peer in peers.items():
        other = homes.other(home)
        session = peer.select("session")[0]
        tap.equal((session["peer_id"], session["name"]), (homes.ids[other], "Home " + other),
                  f"{name}: {home} knows whom it talks to")
        tap.ok(peer.select("registered")[0]["address"].startswith(
            lab_module.GATEWAY_ADDRESS[home] + ":"), f"{name}: {home} learns its public address")
        path = peer.select("path", kind="direct")[-1]
        tap.ok(path["remote"].startswith(lab_module.GATEWAY_ADDRESS[other] + ":"),
               f"{name}: {home}'s path leads to the other's gateway", path["remote"])


def traffic(homes):
    """Bytes between the homes, and bytes to and from the server."""
    core = homes.lab["core"].counters()
    server = homes.lab["server"].counters()
    return (core["a_to_b"][1] + core["b_to_a"][1],
            server["to_server"][1] + server["from_server"][1])


def check_messages(tap, homes, peers, name):
    """Many messages each way: they cross between the homes, and not at the server."""
    texts = {home: [f"{home} {i} ".ljust(MESSAGE_SIZE, ".") for i in range(MESSAGES)]
             for home in peers}
    direct_before, server_before = traffic(homes)
    for home, peer in peers.items():
        peer.send_in_background(texts[home])
    for home, peer in peers.items():
        peer.await_events(MESSAGES, "message")
        peer.await_events(MESSAGES, "receipt", state="delivered")
        tap.equal(peer.texts(), texts[homes.other(home)],
                  f"{name}: {home} has every message once, in order")
    direct_after, server_after = traffic(homes)

    payload = 2 * MESSAGES * MESSAGE_SIZE
    tap.ok(direct_after - direct_before >= payload, f"{name}: the messages cross between the homes",
           f"{direct_after - direct_before} bytes for {payload} of text")
    tap.ok(server_after - server_before < payload / 20,
           f"{name}: the server's counters do not grow with them",
           f"{server_after - server_before} bytes")


def check_ends(tap, homes, peers, name):
    for home, peer in peers.items():
        peer.end_input()
    for home, peer in peers.items():
        tap.equal(peer.wait(), 0, f"{name}: {home} ends well")
        tap.equal(peer.select("error"), [], f"{name}: {home} had no error")
        tap.equal(len(homes.history(home, programs.DIRECTION_IN)), MESSAGES,
                  f"{name}: {home} has them in its history")


def test_nats(tap, binaries, nat_a, nat_b):
    name = f"{nat_a} and {nat_b}"
    with lab_module.Lab(nat_a, nat_b) as lab, programs.TwoHomes(lab, *binaries) as homes:
        peers = connect(homes)
        check_events(tap, homes, peers, name)
        check_messages(tap, homes, peers, name)
        check_ends(tap, homes, peers, name)


def main(*binaries):
    tap = tap_module.Tap()
    for nats in (("port-restricted", "port-restricted"), ("full-cone", "full-cone"),
                 ("port-restricted", "full-cone"), ("full-cone", "port-restricted"),
                 ("port-restricted-open", "port-restricted-open"),
                 ("port-restricted", "port-restricted-open")):
        tap.run(f"{nats[0]} and {nats[1]}", test_nats, binaries, *nats)
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main, *sys.argv[1:]))
