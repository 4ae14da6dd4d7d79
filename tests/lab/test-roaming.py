#!/usr/bin/env python3
"""A talk and a stream of bulk go on while networks change around the real programs: one moves to
another network, a NAT forgets, the server is started anew, UDP is blocked, and much of it at once.

usage: test-roaming.py KNOTHOLED KNOTHOLE-TERM NAT

Nothing may be lost, doubled or out of order. How long it takes until new words arrive is printed,
and not judged: the machine may be busy.
"""

import sys
import threading
import time

import homes as homes_module
import lab as lab_module
import programs
import tap as tap_module

SERVER_PORT = 4430
# Between two messages of each side.
PAUSE_S = 0.05
# What is said before something happens, and after the talk has resumed.
BEFORE, AFTER = 40, 40
KIND = ("kind port-restricted",)
# Seconds of what a NAT in user space carries. Each byte is checked by who takes it.
BULK_BYTES = 150_000_000


class Talker:
    """Says numbered messages to one peer without a pause, until told to stop."""

    def __init__(self, peer, name):
        self.peer = peer
        self.name = name
        self.said = []  # when each was said
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopped.wait(PAUSE_S):
            self.said.append(time.monotonic())
            self.peer.send(self.text(len(self.said) - 1))

    def text(self, number):
        return f"{self.name} says {number}"

    def stop(self):
        self.stopped.set()
        self.thread.join()
        return [self.text(number) for number in range(len(self.said))]


class Roaming(programs.World):
    """Ada and Bob, each behind a NAT of their own, in the middle of a talk."""

    def __init__(self, knotholed, term, internet, kinds=(KIND, KIND)):
        super().__init__(knotholed, term)
        self.internet = internet
        self.start_knotholed()
        self.homes = {name: internet.add_home(homes_module.Kind(kind))
                      for name, kind in zip("ab", kinds)}
        self.ids = {name: self.peer_id(name) for name in self.homes}
        self.peers = {"b": self.start_one("b")}
        self.peers["b"].await_event("registered")
        self.peers["a"] = self.start_one("a", self.ids["b"])
        for name, peer in self.peers.items():
            peer.await_event("session", peer_id=self.ids[self.other(name)])
        self.talkers = {name: Talker(peer, name) for name, peer in self.peers.items()}
        for name in self.peers:
            self.await_words(name, BEFORE)

    def start_knotholed(self):
        address = homes_module.SERVER[4][0]
        self.server = self.start_server(address, SERVER_PORT, self.internet.server)

    def start_one(self, name, *arguments):
        return self.start_peer(name, "--server", homes_module.SERVER[4][0], "--name", name,
                               "--accept=all", *arguments, namespace=self.homes[name].client)

    def other(self, name):
        return "b" if name == "a" else "a"

    def heard(self, name):
        """How many messages @name has of the other."""
        return len(self.peers[name].select("message"))

    def await_words(self, name, count):
        self.peers[name].await_events(count, "message")

    def await_resumption(self, tap, what):
        """New words, said after now, both ways."""
        begun = time.monotonic()
        said = {name: len(talker.said) for name, talker in self.talkers.items()}
        took = []
        for name in self.peers:
            other = self.other(name)
            text = self.talkers[other].text(said[other] + 1)
            self.peers[name].await_(
                lambda peer=self.peers[name], text=text: peer.select("message", text=text) or None,
                f"“{text}” after {what}")
            took.append(self.peers[name].arrivals()[text] - begun)
        tap.note(f"{what}: new words after {max(took) * 1000:.0f} ms")
        for name in self.peers:
            self.await_words(name, self.heard(name) + AFTER)

    def finish(self, tap, what):
        said = {name: talker.stop() for name, talker in self.talkers.items()}
        for name, peer in self.peers.items():
            self.await_words(name, len(said[self.other(name)]))
            tap.equal(peer.texts(), said[self.other(name)],
                      f"{what}: {name} has every message once, in order")
        for peer in self.peers.values():
            peer.end_input()
        for name, peer in self.peers.items():
            tap.equal(peer.wait(), 0, f"{what}: {name} ends well")
            tap.equal(len(peer.select("session")), 1, f"{what}: it was one session for {name}")

    def start_bulk(self):
        """Two more programs in the same homes, with nothing to say and much to send."""
        self.ids["bulk-b"] = self.peer_id("bulk-b")
        taker = self.start_bulk_one("b", "--accept=all", "--bench-serve")
        taker.await_event("registered")
        self.bulk = self.start_bulk_one("a", "--bench-to", self.ids["bulk-b"],
                                        f"--bytes={BULK_BYTES}")
        self.bulk.await_event("path", kind="direct")

    def start_bulk_one(self, home, *arguments):
        return self.start_peer("bulk-" + home, "--server", homes_module.SERVER[4][0],
                               *arguments, namespace=self.homes[home].client)

    def finish_bulk(self, tap, what):
        tap.equal(self.bulk.wait(), 0, f"{what}: bulk goes on to its end")
        tap.equal(self.bulk.select("bench")[-1]["bytes"], BULK_BYTES,
                  f"{what}: and every byte has come")

    # what happens

    def move(self, name):
        """The cable is pulled and plugged in elsewhere: another address, another router."""
        self.homes[name] = self.internet.move(self.homes[name], homes_module.Kind(KIND))

    def tell_nat(self, name, *commands):
        self.homes[name].nats[-1].tell(*commands)

    def restart(self):
        self.server.process.kill()
        self.server.wait()
        self.start_knotholed()


def test_change(tap, binaries, nat, what, change, kinds, bulk):
    knotholed, term = binaries
    with homes_module.Internet(nat) as internet, \
            Roaming(knotholed, term, internet, kinds) as roaming:
        if bulk:
            roaming.start_bulk()
        change(roaming)
        if bulk:
            state = "under way" if roaming.bulk.process.poll() is None else "over"
            tap.note(f"{what}: bulk is {state}")
        roaming.await_resumption(tap, what)
        if bulk:
            roaming.finish_bulk(tap, what)
        roaming.finish(tap, what)


def move(roaming):
    roaming.move("a")


def move_both(roaming):
    roaming.move("a")
    roaming.move("b")


def rebind(roaming):
    roaming.tell_nat("a", "rebind")


def restart(roaming):
    roaming.restart()


def block(roaming):
    roaming.tell_nat("a", "kind udp-blocked")


def everything(roaming):
    roaming.restart()
    roaming.move("a")
    roaming.tell_nat("b", "rebind")


SYMMETRIC = ("kind symmetric",)
# Bulk would take minutes where the server relays it.
CHANGES = (
    ("move", move, (KIND, KIND), True),
    ("move both", move_both, (KIND, KIND), False),
    ("rebind", rebind, (KIND, KIND), True),
    ("restart", restart, (KIND, KIND), True),
    ("restart while relayed", restart, (SYMMETRIC, SYMMETRIC), False),
    ("block", block, (KIND, KIND), False),
    ("everything", everything, (KIND, KIND), True),
)


def main(knotholed, term, nat):
    tap = tap_module.Tap()
    for what, change, kinds, bulk in CHANGES:
        tap.run(what, test_change, (knotholed, term), nat, what, change, kinds, bulk)
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main, *sys.argv[1:]))
