#!/usr/bin/env python3
"""Checks the laboratory itself: that its NATs map and filter as their names say, that the two homes
can only meet through them, and that loss and counters work. Plain UDP sockets, none of our code."""

import select
import socket
import sys

import lab as lab_module
import tap as tap_module

CLIENT_PORT = 40000
SERVER_PORTS = (4430, 4431)


def udp_socket(namespace, port=0):
    with namespace.entered():
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("0.0.0.0", port))
        return made


def receive(sock, wait=2.0):
    """What came and from where, or None. Nothing is on its way for long here: no link has a delay."""
    ready, _, _ = select.select([sock], [], [], wait)
    return sock.recvfrom(2048) if ready else None


def crosses(sender, address, receiver):
    """Whether a datagram gets there; the second one, sent the same way, finds ARP done."""
    token = f"{sender.getsockname()}{address}".encode()
    sender.sendto(token, address)
    got = receive(receiver, 0.5)
    return got is not None and got[0] == token


class World:
    """A lab with a socket at each client and two at the server."""

    def __init__(self, lab):
        self.client = {home: udp_socket(lab["client-" + home], CLIENT_PORT)
                       for home in lab_module.HOMES}
        self.server = [udp_socket(lab["server"], port) for port in SERVER_PORTS]
        # Both clients are known to the server's first port; nothing else is open.
        self.mapped = {home: self.mapping(home, 0) for home in lab_module.HOMES}

    def mapping(self, home, index):
        """The address of a client as one of the server's ports sees it."""
        self.client[home].sendto(b"who am I", (lab_module.SERVER_ADDRESS, SERVER_PORTS[index]))
        got = receive(self.server[index])
        return got[1] if got else None

    def close(self):
        for sock in [*self.client.values(), *self.server]:
            sock.close()


def check_mapping(tap, world, kind):
    for home in lab_module.HOMES:
        tap.equal(world.mapped[home], (lab_module.GATEWAY_ADDRESS[home], CLIENT_PORT),
                  f"{kind}: home {home} is seen at its gateway, with its port kept")
        tap.equal(world.mapping(home, 1), world.mapped[home],
                  f"{kind}: home {home} has the same mapping toward the server's second port")
    world.server[0].sendto(b"back", world.mapped["a"])
    tap.ok(receive(world.client["a"]) is not None, f"{kind}: an answer comes in")


def check_filtering(tap, lab, kind):
    """What comes unasked from another address, and from another port of a known address."""
    lets_in = kind == "full-cone"
    world = World(lab)
    outcome = "let in" if lets_in else "kept out"
    stranger = udp_socket(lab["server"], 5555)
    for sender, name in ((stranger, "another port of the server"),
                         (world.client["b"], "the other home")):
        tap.equal(crosses(sender, world.mapped["a"], world.client["a"]), lets_in,
                  f"{kind}: {name} is {outcome}")
    stranger.close()
    world.close()


def punch(world, first, second, rounds):
    """Both send to each other's mapping, in turn; returns whether both heard the other."""
    heard = {first: False, second: False}
    for _ in range(rounds):
        for me, other in ((first, second), (second, first)):
            world.client[me].sendto(b"punch", world.mapped[other])
        for home in heard:
            while receive(world.client[home], 0.1):
                heard[home] = True
    return all(heard.values())


def test_kind(tap, kind):
    with lab_module.Lab(kind, kind) as lab:
        world = World(lab)
        check_mapping(tap, world, kind)
        world.close()
    with lab_module.Lab(kind, kind) as lab:
        check_filtering(tap, lab, kind)
    with lab_module.Lab(kind, kind) as lab:
        world = World(lab)
        works = kind != "port-restricted-open"
        tap.equal(punch(world, "a", "b", 3), works,
                  f"{kind}: sending both ways {'opens' if works else 'does not open'} a path")
        world.close()


def test_homes_are_apart(tap):
    with lab_module.Lab("full-cone", "full-cone") as lab:
        world = World(lab)
        tap.ok(not crosses(world.client["a"], (lab_module.CLIENT_ADDRESS["b"], CLIENT_PORT),
                           world.client["b"]), "a private address leads nowhere from outside")
        world.close()


def test_counters_and_loss(tap):
    with lab_module.Lab("full-cone", "full-cone") as lab:
        world = World(lab)
        server_before = lab["server"].counters()
        for _ in range(100):
            world.client["a"].sendto(b"x" * 72, world.mapped["b"])
        packets, size = lab["core"].counters()["a_to_b"]
        tap.equal((packets, size), (100, 100 * 100), "the core counts packets and bytes a to b")
        tap.equal(lab["core"].counters()["b_to_a"], (0, 0), "and none of them as b to a")
        tap.equal(lab["server"].counters(), server_before, "and none of them at the server")

        while receive(world.client["b"], 0.1):
            pass
        lab.set_loss(10)
        got = 0
        for _ in range(2000):
            world.client["a"].sendto(b"lossy", world.mapped["b"])
            got += receive(world.client["b"], 0) is not None
        while receive(world.client["b"], 0.1):
            got += 1
        # 200 of 2,000 are lost; six standard deviations (13.4) either way.
        tap.ok(120 <= 2000 - got <= 280, "a loss of 10% loses about 10%", f"{2000 - got} of 2000")
        lab.set_loss(0)
        tap.ok(all(crosses(world.client["a"], world.mapped["b"], world.client["b"])
                   for _ in range(200)), "and none once it is taken away")
        world.close()


def main():
    tap = tap_module.Tap()
    for kind in lab_module.NAT_KINDS:
        tap.run(kind, test_kind, kind)
    tap.run("homes are apart", test_homes_are_apart)
    tap.run("counters and loss", test_counters_and_loss)
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main))
