#!/usr/bin/env python3
"""knothole-term --check-network names what is there: behind gateways of every kind, and a firewall,
a proxy and routers that map ports.

usage: test-network-check.py KNOTHOLED KNOTHOLE-TERM NAT UPNP
"""

import json
import sys
import time

import homes as homes_module
import lab as lab_module
import programs
import tap as tap_module

SERVER_PORT = 4430

STEADY = {"kind": "steady", "mapping": "endpoint-independent"}
RANDOM = {"kind": "random", "mapping": "endpoint-dependent", "ports": "random"}
SEQUENTIAL = {"kind": "sequential", "mapping": "endpoint-dependent", "ports": "sequential"}

# What the report must say of a home: its NAT, and the rest.
EXPECTED = {
    "open": ({"kind": "open", "mapping": "none"},
             {"udp": "works", "tcp": "works", "ipv4": "works", "ipv6": "not-here"}),
    "full-cone": ({**STEADY, "filtering": "port-independent", "hairpin": "yes"}, {}),
    "restricted": ({**STEADY, "filtering": "port-independent"}, {}),
    "port-restricted": ({**STEADY, "filtering": "port-dependent", "hairpin": "no"}, {}),
    "symmetric": ({**RANDOM, "filtering": "port-dependent"}, {}),
    "sequential-1": ({**SEQUENTIAL, "step": 1}, {}),
    "sequential-2": ({**SEQUENTIAL, "step": 2}, {}),
    "carrier-symmetric": (RANDOM, {}),
    "udp-blocked": ({"kind": "tcp-only"}, {"udp": "fails", "tcp": "works"}),
    "only-tcp-443": ({"kind": "tcp-only"}, {"udp": "fails", "tcp": "fails", "tcp_443": "works"}),
    "proxy": ({"kind": "tcp-only"}, {"udp": "fails", "tcp": "works"}),
    "ipv6-firewall": (RANDOM, {"ipv4": "works", "ipv6": "not-there"}),
    "ipv6-only": ({}, {"udp": "works", "ipv4": "not-here", "ipv6": "works"}),
    "pcp": (RANDOM, {}),
    "nat-pmp": (RANDOM, {}),
    "upnp": (RANDOM, {}),
    "all": (RANDOM, {}),
}
# By which the router gives a port; the first is the one that is named.
PROTOCOLS = {"pcp": ["PCP"], "nat-pmp": ["NAT-PMP"], "upnp": ["UPnP"],
             "all": ["PCP", "NAT-PMP", "UPnP"]}
EVERY_PROTOCOL = homes_module.Kind(port_mapping="all")
# Its mappings live for 5 s, which is soon found out.
SHORT_LIVED = homes_module.Kind(("kind port-restricted", "timeout 5s"))


class Checks(programs.World):
    """The server, and a check from each home; all of them at once."""

    def __init__(self, knotholed, term, internet):
        super().__init__(knotholed, term)
        self.internet = internet
        listen = [word for address in (*homes_module.SERVER[4], *homes_module.SERVER[6])
                  for word in ("--listen", address)]
        self.server = programs.Program(
            [knotholed, *listen, "--port", str(SERVER_PORT), "--tcp-port", "443",
             "--state-dir", self.path("server")], internet.server)
        self.running.append(self.server)
        self.server.await_line("stderr", "listening")

    def start(self, name, kind, *arguments):
        home = self.internet.add_home(kind)
        environment = [f"{name}={value}" for name, value in home.environment.items()]
        check = programs.Program(
            ["env", *environment, self.term, "--json", "--check-network", "--server",
             home.server, "--data-dir", self.path(name), *arguments], home.client)
        self.running.append(check)
        return check


def report_of(check):
    status = check.wait()
    events = [json.loads(line) for line in check.lines["stdout"]]
    if status != 0 or [event["event"] for event in events] != ["network"]:
        raise AssertionError(f"status {status}\n{check.tail()}")
    return events[0]


def differences(report, nat, rest):
    """What is not as expected: {member: what it is}."""
    found = {name: report["nat"][name] for name in nat if report["nat"][name] != nat[name]}
    return {**found, **{name: report[name] for name in rest if report[name] != rest[name]}}


def check_report(tap, kind, check):
    report = report_of(check)
    nat, rest = EXPECTED[kind]
    if kind in PROTOCOLS:
        mapping = report["port_mapping"]
        tap.equal((mapping["state"], mapping["protocol"]), ("mapped", PROTOCOLS[kind][0]),
                  f"{kind}: the router's protocol")
        tap.equal([each["protocol"] for each in mapping["protocols"] if each["state"] == "mapped"],
                  PROTOCOLS[kind], f"{kind}: each of those it speaks, and no other")
    tap.equal(differences(report, nat, rest), {}, f"{kind}: the report names what is there")
    tap.ok(report["text"].count("\n") > 5 and report["software"].startswith("knotholed "),
           f"{kind}: in words", report["text"])


def test_kinds(tap, binaries, nat, kinds):
    with homes_module.Internet(nat) as internet, Checks(*binaries, internet) as checks:
        begun = time.monotonic()
        long = checks.start("long", SHORT_LIVED, "--long")
        started = {kind: checks.start(kind, homes_module.KINDS.get(kind, EVERY_PROTOCOL))
                   for kind in kinds}
        for kind, check in started.items():
            tap.run(kind, check_report, kind, check)
        lifetime = report_of(long)["lifetime"]
        tap.equal((lifetime["at_least_s"], lifetime["less_than_s"]), (1, 10),
                  "--long: mappings of 5 s live for more than 1 s and less than 10 s")
        tap.note(f"{len(kinds) + 1} checks in {time.monotonic() - begun:.1f} s")


def main(knotholed, term, nat, upnp):
    tap = tap_module.Tap()
    kinds = [kind for kind in EXPECTED if kind not in homes_module.UPNP or upnp == "yes"]
    tap.run("kinds", test_kinds, (knotholed, term), nat, kinds)
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main, *sys.argv[1:]))
