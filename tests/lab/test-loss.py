#!/usr/bin/env python3
"""1,000 messages each way while the internet drops every tenth packet: once each, in order.

usage: test-loss.py KNOTHOLED KNOTHOLE-TERM
"""

import sys

import lab as lab_module
import programs
import tap as tap_module

MESSAGES = 1000
LOSS_PERCENT = 10
TIMEOUT = 300.0


def test_loss(tap, binaries):
    with lab_module.Lab() as lab, programs.TwoHomes(lab, *binaries) as homes:
        # From the first packet on: meeting has to bear it too.
        lab.set_loss(LOSS_PERCENT)
        peers = {"b": homes.start("b")}
        peers["b"].await_event("registered", TIMEOUT)
        peers["a"] = homes.start_calling("a")
        texts = {home: [f"{home} {i}" for i in range(MESSAGES)] for home in peers}
        for peer in peers.values():
            peer.await_event("session", TIMEOUT)
        for home, peer in peers.items():
            peer.send_in_background(texts[home])
        for home, peer in peers.items():
            other = homes.other(home)
            peer.await_events(MESSAGES, "message", TIMEOUT)
            peer.await_events(MESSAGES, "receipt", TIMEOUT, state="delivered")
            tap.equal(peer.texts(), texts[other], f"{home} prints every message once, in order")
        for peer in peers.values():
            peer.end_input()
        for home, peer in peers.items():
            tap.equal(peer.wait(TIMEOUT), 0, f"{home} ends well")
            tap.equal(homes.history(home, programs.DIRECTION_IN), texts[homes.other(home)],
                      f"{home} has every message once, in order, in its history")


def main(*binaries):
    tap = tap_module.Tap()
    tap.run("loss", test_loss, binaries)
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main, *sys.argv[1:]))
