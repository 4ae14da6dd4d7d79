#!/usr/bin/env python3
"""Who says --relay=always hides: by all packets at their network card, by the names they ask for, and
by what the other side's program says.

usage: test-privacy.py KNOTHOLED KNOTHOLE-TERM
"""

import contextlib
import os
import socket
import struct
import sys
import threading

import lab as lab_module
import programs
import tap as tap_module

SERVER_NAME = "meet.example"
ETH_P_ALL = 3
ETH_P_IP, ETH_P_ARP = 0x0800, 0x0806
UDP = 17
MESSAGES = 20


class Listener:
    """A thread that reads datagrams until its socket is shut."""

    def __init__(self, sock):
        self.socket = sock
        # Wakes up now and then to see whether it is over.
        sock.settimeout(0.2)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.over.is_set():
            with contextlib.suppress(TimeoutError):
                self.take(*self.socket.recvfrom(65536))

    def close(self):
        self.over.set()
        self.thread.join()
        self.socket.close()


class Capture(Listener):
    """Every packet of one network card, of whatever protocol."""

    def __init__(self, namespace, card):
        self.packets = []  # (is it ours, source, destination, payload of UDP or None)
        self.strange = set()  # what is neither IPv4 nor ARP
        with namespace.entered():
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        sock.bind((card, ETH_P_ALL))
        super().__init__(sock)

    def take(self, data, address):
        kind, direction = address[1], address[2]
        if kind == ETH_P_IP:
            header = (data[0] & 15) * 4
            ends = [socket.inet_ntoa(data[12:16]), socket.inet_ntoa(data[16:20])]
            payload = data[header + 8:] if data[9] == UDP else None
            self.packets.append((direction == socket.PACKET_OUTGOING, *ends, payload))
        elif kind != ETH_P_ARP:
            self.strange.add(hex(kind))

    def others(self, ours, but):
        """The addresses packets went to (ours) or came from, but for these."""
        ends = {destination if ours else source
                for outgoing, source, destination, _ in self.packets if outgoing == ours}
        return sorted(ends - set(but))


class NameServer(Listener):
    """Knows one name, and keeps those that it was asked for."""

    def __init__(self, namespace, address):
        self.asked = set()
        with namespace.entered():
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((address, 53))
        self.address = address
        super().__init__(sock)

    def take(self, query, client):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("ascii"))
            at += 1 + query[at]
        question = query[12:at + 5]
        name = ".".join(labels)
        self.asked.add(name)
        answer = b""
        if name == SERVER_NAME and question[-4:-2] == b"\0\1":
            answer = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(self.address)
        self.socket.sendto(query[:2] + b"\x81\x80" + struct.pack(">HHHH", 1, bool(answer), 0, 0) +
                           question + answer, client)


class Homes(programs.TwoHomes):
    """As ever, but the server is known by its name, and a name server of their own knows that."""

    def __init__(self, lab, *binaries):
        super().__init__(lab, *binaries)
        self.resolver = os.path.join(self.folder, "resolv.conf")
        with open(self.resolver, "w", encoding="ascii") as file:
            file.write(f"nameserver {lab_module.SERVER_ADDRESS}\noptions timeout:1 attempts:5\n")

    def start(self, home, *arguments):
        wrapper = ("unshare", "--mount", "sh", "-c",
                   'mount --bind "$0" /etc/resolv.conf && exec "$@"', self.resolver)
        return self.start_peer(home, "--server", SERVER_NAME, "--name", "Home " + home,
                               "--accept=all", *arguments,
                               namespace=self.lab["client-" + home], wrapper=wrapper)


def poke(lab, target):
    """What a stranger may send to where a program is: nothing of it deserves an answer."""
    binding = struct.pack(">HHI", 1, 0, 0x2112A442) + os.urandom(12)
    with lab["client-b"].entered():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sock:
        for data in (b"", b"x", binding, os.urandom(1200), b"\x01" + os.urandom(99)):
            sock.sendto(data, target)


def said_by(peer):
    return "\n".join(peer.lines["stdout"] + peer.lines["stderr"])


def talk(tap, homes, peers, name):
    for home, peer in peers.items():
        peer.send_in_background([f"{home} {i}" for i in range(MESSAGES)])
    for home, peer in peers.items():
        peer.await_events(MESSAGES, "receipt", state="delivered")
        tap.equal(peer.texts(), [f"{homes.other(home)} {i}" for i in range(MESSAGES)],
                  f"{name}: {home} has every message once, in order")


def end(tap, peers, name):
    for peer in peers.values():
        peer.end_input()
    for home, peer in peers.items():
        tap.equal(peer.wait(), 0, f"{name}: {home} ends well")


def check_hidden(tap, lab, homes, capture, ada_calls, name):
    arguments = {"a": ["--relay=always"], "b": []}
    arguments["a" if ada_calls else "b"].append(homes.ids["b" if ada_calls else "a"])
    order = ("b", "a") if ada_calls else ("a", "b")
    peers = {}
    for home in order:
        peers[home] = homes.start(home, *arguments[home])
        peers[home].await_event("registered")
    for home, who in (("a", "us"), ("b", "them")):
        peers[home].await_event("path", kind="relay")
        verdict = peers[home].await_event("verdict", kind="privacy")
        tap.equal(verdict["who"], who, f"{name}: {home} knows who hides")
    address = peers["a"].select("registered")[0]["address"].rsplit(":", 1)
    poke(lab, (address[0], int(address[1])))
    talk(tap, homes, peers, name)
    end(tap, peers, name)
    tap.equal(capture.others(True, [lab_module.SERVER_ADDRESS]), [],
              f"{name}: nothing leaves a but to the server")
    tap.equal(capture.others(False, [lab_module.SERVER_ADDRESS, lab_module.GATEWAY_ADDRESS["b"]]), [],
              f"{name}: nothing reaches a but from the server, and from the stranger")
    tap.equal(len([packet for packet in capture.packets
                   if not packet[0] and packet[1] == lab_module.GATEWAY_ADDRESS["b"]]), 5,
              f"{name}: only what the stranger sent")
    for where in (lab_module.GATEWAY_ADDRESS["a"], lab_module.CLIENT_ADDRESS["a"]):
        tap.ok(where not in said_by(peers["b"]), f"{name}: b says nothing of {where}")


def test_hidden(tap, binaries, ada_calls):
    name = "a hides and " + ("calls" if ada_calls else "is called")
    with lab_module.Lab("full-cone", "full-cone") as lab, Homes(lab, *binaries) as homes:
        names = NameServer(lab["server"], lab_module.SERVER_ADDRESS)
        capture = Capture(lab["client-a"], "eth0")
        try:
            check_hidden(tap, lab, homes, capture, ada_calls, name)
        finally:
            capture.close()
            names.close()
        tap.equal(names.asked, {SERVER_NAME}, f"{name}: no name but the server's is asked for")
        tap.equal(capture.strange, set(), f"{name}: and no other protocol is spoken")


def test_seen(tap, binaries):
    """The same without hiding: what is looked at above is there to be seen."""
    name = "nobody hides"
    with lab_module.Lab("full-cone", "full-cone") as lab, Homes(lab, *binaries) as homes:
        names = NameServer(lab["server"], lab_module.SERVER_ADDRESS)
        capture = Capture(lab["client-a"], "eth0")
        try:
            peers = {"b": homes.start("b")}
            peers["b"].await_event("registered")
            peers["a"] = homes.start("a", homes.ids["b"])
            for peer in peers.values():
                peer.await_event("path", kind="direct")
            talk(tap, homes, peers, name)
            end(tap, peers, name)
        finally:
            capture.close()
            names.close()
        for ours, verb in ((True, "goes to"), (False, "comes from")):
            tap.ok(lab_module.GATEWAY_ADDRESS["b"] in capture.others(ours, []),
                   f"{name}: something {verb} the other home")
        tap.ok(lab_module.GATEWAY_ADDRESS["a"] in said_by(peers["b"]),
               f"{name}: b says where a is")


def main(*binaries):
    tap = tap_module.Tap()
    tap.run("nobody hides", test_seen, binaries)
    for ada_calls in (True, False):
        tap.run("a hides", test_hidden, binaries, ada_calls)
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main, *sys.argv[1:]))
