#!/usr/bin/env python3
"""The real programs where nothing but the router can help: a home whose router gives every
connection a random port, and maps ports by PCP, NAT-PMP or UPnP, and another one with random ports
that does not.

usage: test-port-map-homes.py KNOTHOLED KNOTHOLE-TERM NAT [UPNP: yes or no]
"""

import re
import shutil
import signal
import socket
import sys
import time

import homes as homes_module
import lab as lab_module
import programs
import tap as tap_module

SERVER_PORT = 4430
ROUTER_PORT = 5351
# Older than what the client takes for the same clock.
OLD_S = 4


class Meeting(programs.World):
    """Ada is behind the router that maps ports, Bob behind the other one."""

    def __init__(self, binaries, nat, kind):
        super().__init__(*binaries)
        self.kind = kind
        self.internet = homes_module.Internet(nat)
        try:
            self.homes = {"ada": self.internet.add_home(homes_module.KINDS[kind]),
                          "bob": self.internet.add_home(homes_module.KINDS["symmetric"])}
            self.ids = {name: self.peer_id(name) for name in self.homes}
            self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        super().__exit__()
        self.internet.close()

    def start(self):
        self.server = self.start_server(homes_module.SERVER[4][0], SERVER_PORT,
                                        self.internet.server)

    def restart_server(self):
        self.server.stop()
        self.running.remove(self.server)
        self.start()

    def peer(self, name, *arguments):
        home = self.homes[name]
        return self.start_peer(name, "--server", home.server, "--name", name, "--accept=all",
                               *arguments, namespace=home.client)

    def rules(self):
        gateway = self.homes["ada"].gateway
        with gateway.entered():
            return lab_module.run("nft", "list", "ruleset")

    def mapped(self):
        """The port outside, or None."""
        found = re.search(r"dport (\d+) dnat", self.rules())
        return int(found.group(1)) if found else None

    def await_mapped(self, wanted):
        """Until the router has a port for Ada, or none any more; returns it."""
        deadline = time.monotonic() + programs.TIMEOUT
        while (self.mapped() is not None) != wanted:
            if time.monotonic() > deadline:
                raise AssertionError(f"mapped: {not wanted}\n{self.rules()}")
            time.sleep(0.05)
        return self.mapped()

    def await_age(self):
        """The router's clock, as it says itself, must tell a restart."""
        request = bytes([2, 0]) + bytes(22) if self.kind == "pcp" else bytes([0, 0])
        if self.kind == "pcp":
            request = request[:8] + bytes(10) + b"\xff\xff" + socket.inet_aton(
                homes_module.CLIENT_ADDRESS)
        with self.homes["ada"].client.entered(), \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(programs.TIMEOUT)
            while True:
                sock.sendto(request, (homes_module.ROUTER_ADDRESS, ROUTER_PORT))
                answer = sock.recv(1100)
                at = 8 if self.kind == "pcp" else 4
                if int.from_bytes(answer[at:at + 4], "big") >= OLD_S:
                    return
                time.sleep(0.2)


def check_talk(tap, peers, text, name):
    for peer in peers.values():
        peer.send(text)
    for side, peer in peers.items():
        tap.ok(peer.await_event("message", text=text), f"{name}: {side} hears the other")


def check_restart(tap, meeting, peers, before):
    """The router forgets: Ada has the port again as soon as that can be known."""
    kind = meeting.kind
    if kind != "upnp":
        meeting.await_age()
    meeting.internet.restart_router(meeting.homes["ada"], kind)
    if kind == "nat-pmp":
        # RFC 6886, 3.2.1 has a router say so when it starts; this one waits to be told to.
        meeting.homes["ada"].router.process.send_signal(signal.SIGUSR1)
    if kind == "upnp":
        # It announces nothing; that the link broke is the sign.
        meeting.restart_server()
    tap.equal(meeting.await_mapped(True), before, f"{kind}: mapped again by a new router")
    check_talk(tap, peers, "again", kind)


def test(tap, binaries, nat, kind):
    with Meeting(binaries, nat, kind) as meeting:
        peers = {"ada": meeting.peer("ada")}
        peers["ada"].await_event("registered")
        peers["bob"] = meeting.peer("bob", meeting.ids["ada"])
        for name, peer in peers.items():
            peer.await_event("path", kind="direct")
            tap.ok(True, f"{kind}: {name} is connected directly")
        port = meeting.await_mapped(True)
        remote = peers["bob"].select("path", kind="direct")[-1]["remote"]
        tap.equal(remote, f"{meeting.homes['ada'].address}:{port}",
                  f"{kind}: through the port that the router gave")
        check_talk(tap, peers, "hello", kind)
        check_restart(tap, meeting, peers, port)
        peers["ada"].end_input()
        tap.equal(peers["ada"].wait(), 0, f"{kind}: Ada ends well")
        tap.equal(meeting.mapped(), None, f"{kind}: the router has nothing left")


def test_unwanted(tap, binaries, nat):
    """Switched off, nothing is asked for."""
    with Meeting(binaries, nat, "pcp") as meeting:
        ada = meeting.peer("ada", "--no-port-mapping")
        ada.await_event("registered")
        bob = meeting.peer("bob", meeting.ids["ada"])
        bob.await_event("path", kind="relay")
        check_talk(tap, {"ada": ada, "bob": bob}, "hello", "off")
        tap.equal(meeting.mapped(), None, "off: the router was not asked")


def main(knotholed, term, nat, upnp):
    if shutil.which("miniupnpd") is None:
        print("1..0 # SKIP miniupnpd is not installed")
        return 0
    tap = tap_module.Tap()
    for kind in ("pcp", "nat-pmp") + (("upnp",) if upnp == "yes" else ()):
        tap.run(kind, test, (knotholed, term), nat, kind)
    tap.run("off", test_unwanted, (knotholed, term), nat)
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main, *sys.argv[1:]))
