#!/usr/bin/env python3
"""A server's name has an IPv4 and an IPv6 address, and one of them leads nowhere: packets to it
vanish, or are refused. Whoever has both families connects by the other one.

usage: test-server-name.py KNOTHOLED KNOTHOLE-TERM NAT

The names are in a hosts file that only the client sees, in a mount namespace of its own.
"""

import sys

import homes as homes_module
import lab as lab_module
import programs
import tap as tap_module

NAME = "server.test"
KIND = homes_module.KINDS["ipv6-firewall"]
FAMILY = {4: ("ip", homes_module.SERVER[4][0]), 6: ("ip6", homes_module.SERVER[6][0])}
# What becomes of packets to the dead address.
DEAD = ("drop", "reject")
BIND = 'mount --bind "$1" /etc/hosts; shift; exec "$@"'


def start_server(world, internet):
    listen = [word for _, address in FAMILY.values() for word in ("--listen", address)]
    server = programs.Program([world.knotholed, *listen, "--port", str(lab_module.SERVER_PORT),
                               "--state-dir", world.path("server")], internet.server)
    world.running.append(server)
    server.await_line("stderr", "listening")


def write_hosts(world):
    path = world.path("hosts")
    with open(path, "w", encoding="ascii") as file:
        for _, address in FAMILY.values():
            file.write(f"{address} {NAME}\n")
    return path


def let_die(internet, family, how):
    """Nothing more gets to the server by this family, and again by the other."""
    internet.core.nft("table inet dead\ndelete table inet dead\n")
    protocol, address = FAMILY[family]
    internet.core.nft(f"""
        table inet dead {{
            chain forward {{
                type filter hook forward priority -1; policy accept;
                {protocol} daddr {address} {how}
            }}
        }}""")


def test_dead(tap, world, internet, home, hosts, family, how):
    name = f"ipv{family}-{how}"
    let_die(internet, family, how)
    wrapper = ("unshare", "--mount", "--propagation", "private", "sh", "-ec", BIND, "sh", hosts)
    peer = world.start_peer(name, "--server", NAME, "--name", name, namespace=home.client,
                            wrapper=wrapper)
    event = peer.await_event("registered")
    tap.equal(event["address"].startswith("["), family == 4,
              f"{name}: connects by the other family")
    tap.note(f"as {event['address']}, after {event['t_ms']:.0f} ms")
    tap.equal(peer.stop(), 0, f"{name}: ends well")
    tap.equal(peer.select("error"), [], f"{name}: and had no error to tell of")


def main(knotholed, term, nat):
    tap = tap_module.Tap()
    with homes_module.Internet(nat) as internet, programs.World(knotholed, term) as world:
        start_server(world, internet)
        home = internet.add_home(KIND)
        hosts = write_hosts(world)
        for family in (6, 4):
            for how in DEAD:
                tap.run(f"ipv{family}, {how}", test_dead, world, internet, home, hosts, family,
                        how)
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main, *sys.argv[1:]))
