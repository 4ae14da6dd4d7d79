#!/usr/bin/env python3
"""The laboratory's NAT behaves as it is told: by what the tools of others make of it (coturn's
turnutils_natdiscovery, and stun-client), and by plain sockets where those have no eye for it.

usage: test-nat-behaviour.py NAT
"""

import contextlib
import errno
import itertools
import os
import select
import socket
import sys
import time

import homes as homes_module
import lab as lab_module
import programs
import stun_tools
import tap as tap_module

CLIENT_PORT = 40000
SERVER_PORT = 5000
N_PORTS = 20
IP_RECVERR = 11  # of Linux; the module has no name for it


def udp_socket(namespace, address="", port=0):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with namespace.entered():
        made = socket.socket(family, socket.SOCK_DGRAM)
        made.bind((address, port))
    return made


def receive(sock, wait=programs.TIMEOUT):
    """What came and from where, or None."""
    ready, _, _ = select.select([sock], [], [], wait)
    return sock.recvfrom(2048)[:2] if ready else None


class Scene(contextlib.ExitStack):
    """One home of a kind, and sockets at home and at the server."""

    def __init__(self, nat, *commands, families=(4,), carrier=()):
        super().__init__()
        self.internet = self.enter_context(homes_module.Internet(nat))
        try:
            self.home = self.internet.add_home(
                homes_module.Kind(commands, carrier, families=families))
        except BaseException:
            self.close()
            raise
        self.nat = self.home.nats[-1]

    def at_home(self, port=CLIENT_PORT):
        return self.enter_context(udp_socket(self.home.client, port=port))

    def at_server(self, port=SERVER_PORT, index=0, family=4):
        address = homes_module.SERVER[family][index]
        return self.enter_context(udp_socket(self.internet.server, address, port))

    def stats(self):
        """Its counts, once what was sent before has been through it."""
        return self.nat.stats()

    def dropped(self, count, reason):
        """Waits until it has dropped so many; whether it has."""
        deadline = time.monotonic() + programs.TIMEOUT
        while self.stats()[reason] < count:
            if time.monotonic() > deadline:
                return False
        return True


def seen_at(client, server):
    """Where a client is seen from a server's socket."""
    client.sendto(b"who am I", server.getsockname()[:2])
    return receive(server)[1]


# What the tools of others say

def start_stun_server(scene):
    addresses = homes_module.SERVER[4]
    listen = [word for address in addresses for word in ("-L", address)]
    pid_file = os.path.join(scene.folder.name, "turnserver.pid")
    server = programs.Program(
        ["turnserver", "-n", "-S", "--no-tls", "--no-dtls", "--no-cli", *listen,
         "-p", str(stun_tools.PORT), "--alt-listening-port", str(stun_tools.SECOND_PORT),
         "--log-file", "stdout", "--pidfile", pid_file], scene.server)
    scene.running.append(server)
    server.await_line("stdout", "total general servers")


def test_tools(tap, nat):
    missing = stun_tools.missing("turnserver")
    if missing:
        tap.ok(True, f"tools # SKIP {' and '.join(missing)} not installed")
        return
    with homes_module.Internet(nat) as internet:
        start_stun_server(internet)
        stun_tools.check_all(tap, internet)


# What they have no eye for

def seen_ports(scene, client, count=N_PORTS):
    servers = [scene.at_server(SERVER_PORT + number) for number in range(count)]
    return [seen_at(client, server)[1] for server in servers]


def test_allocation(tap, nat):
    with Scene(nat, "mapping port", "ports preserving") as scene:
        tap.equal(set(seen_ports(scene, scene.at_home())), {CLIENT_PORT},
                  "preserving: the port of the inside, toward everybody")
    with Scene(nat, "mapping endpoint", "ports preserving") as scene:
        servers = [scene.at_server()]
        scene.nat.tell("rebind")
        tap.ok(seen_at(scene.at_home(), servers[0])[1] != CLIENT_PORT,
               "preserving: another port after a rebinding")
    for step in (1, 2):
        with Scene(nat, "mapping port", f"ports sequential {step}") as scene:
            ports = seen_ports(scene, scene.at_home())
            steps = {(after - before) % 16384 for before, after in zip(ports, ports[1:])}
            tap.equal(steps, {step}, f"sequential: each is {step} further than the last")
    with Scene(nat, "mapping port", "ports random") as scene:
        ports = seen_ports(scene, scene.at_home())
        # Of 20 out of 16,384, three or more are the same in one run of 20 million.
        tap.ok(len(set(ports)) >= N_PORTS - 2 and ports != sorted(ports),
               "random: they are all over the place")
    with Scene(nat, "mapping port", "ports sequential 1", "background 2k") as scene:
        client, server = scene.at_home(), itertools.count(SERVER_PORT)
        ports, others = [], 0
        # Others take ports as time goes by: until it shows.
        while others < 10:
            ports.append(seen_at(client, scene.at_server(next(server)))[1])
            others = (ports[-1] - ports[0]) % 16384 - (len(ports) - 1)
        tap.ok(True, "background: others take ports meanwhile", f"{len(ports)} mappings")


def test_timeout(tap, nat):
    with Scene(nat, "filtering endpoint", "ports random", "timeout 500ms") as scene:
        client, server = scene.at_home(), scene.at_server()
        before = seen_at(client, server)
        while scene.stats()["mappings"]:
            pass
        server.sendto(b"late", before)
        tap.ok(scene.dropped(1, "filtered"), "what comes after the timeout is dropped")
        after = seen_at(client, server)
        tap.ok(before != after, "and who speaks again has another port", f"{before}, {after}")
    with Scene(nat, "ports random", "timeout 2s") as scene:
        client, server = scene.at_home(), scene.at_server()
        first, started = seen_at(client, server), time.monotonic()
        same = True
        while time.monotonic() < started + 3:
            same = same and seen_at(client, server) == first
        tap.ok(same, "who speaks all the time keeps the port beyond it")


def test_rebinding(tap, nat):
    with Scene(nat, "mapping endpoint", "filtering endpoint", "ports random") as scene:
        client, server = scene.at_home(), scene.at_server()
        first = seen_at(client, server)
        scene.nat.tell("rebind")
        second = seen_at(client, server)
        tap.ok(second[0] == first[0] and second[1] != first[1], "rebind gives another port")
        new_address = f"203.0.{scene.home.number}.3"
        scene.nat.tell("rebind " + new_address)
        tap.equal(seen_at(client, server)[0], new_address, "or another address")
        server.sendto(b"old", second)
        server.sendto(b"new", (new_address, second[1]))
        tap.ok(scene.dropped(1, "filtered"), "and nothing comes by the old way")


def test_hairpin(tap, nat):
    for hairpin, reason in (("on", "hairpinned"), ("off", "filtered")):
        with Scene(nat, "filtering endpoint", "hairpin " + hairpin) as scene:
            one, other, server = scene.at_home(), scene.at_home(CLIENT_PORT + 1), scene.at_server()
            address, from_address = seen_at(other, server), seen_at(one, server)
            one.sendto(b"neighbour", address)
            tap.ok(scene.dropped(1, reason), f"hairpin {hairpin}: it is {reason}")
            if hairpin == "on":
                tap.equal(receive(other), (b"neighbour", from_address),
                          "and comes from the outside address")


def test_input_open(tap, nat):
    """As with Linux: whoever comes first and unasked takes the port from the later flow."""
    for policy in ("open", "closed"):
        with Scene(nat, "kind masquerade", "input " + policy) as scene:
            client, server = scene.at_home(), scene.at_server()
            server.sendto(b"early", (scene.home.address, CLIENT_PORT))
            scene.dropped(1, "filtered")
            tap.equal(seen_at(client, server)[1] == CLIENT_PORT, policy == "closed",
                      f"input {policy}: an early packet "
                      f"{'takes the port' if policy == 'open' else 'is forgotten'}")


def refusal(client, address):
    """What ICMP says about a datagram that was sent there."""
    client.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    client.sendto(b"anybody?", address)
    poll = select.poll()
    poll.register(client, 0)
    if not poll.poll(programs.TIMEOUT * 1000):
        return None
    return client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def test_errors(tap, nat):
    for mapping in ("endpoint", "port"):
        with Scene(nat, "mapping " + mapping, "ports random") as scene:
            client = scene.at_home()
            tap.equal(refusal(client, (homes_module.SERVER[4][0], 9)), errno.ECONNREFUSED,
                      f"port unreachable gets home through a NAT with mapping {mapping}")
            tap.equal(refusal(scene.at_home(CLIENT_PORT + 1), (homes_module.ROUTER_ADDRESS, 5351)),
                      errno.ECONNREFUSED, "and the router itself says that nothing listens there")
            short = scene.at_home(CLIENT_PORT + 2)
            short.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
            tap.equal(refusal(short, (homes_module.SERVER[4][0], 9)), errno.EHOSTUNREACH,
                      "and that a packet has no hop left")
            tap.equal(scene.stats()["expired"], 1, "which goes no further")


def listen(internet, port):
    with internet.server.entered():
        return socket.create_server((homes_module.SERVER[4][0], port))


def connects(home, port, wait=programs.TIMEOUT):
    with home.client.entered():
        sock = socket.socket()
    sock.settimeout(wait)
    try:
        sock.connect((homes_module.SERVER[4][0], port))
    except TimeoutError:
        sock.close()
        return None
    return sock


def test_tcp(tap, nat):
    block = b"0123456789abcdef" * 4096
    with Scene(nat, "mapping port", "ports random") as scene:
        listener = scene.enter_context(listen(scene.internet, 443))
        client = scene.enter_context(connects(scene.home, 443))
        server, address = listener.accept()
        scene.enter_context(server)
        tap.equal(address[0], scene.home.address, "TCP connects from the outside address")
        client.sendall(block)
        client.shutdown(socket.SHUT_WR)
        got = b"".join(iter(lambda: server.recv(65536), b""))
        server.sendall(got)
        server.shutdown(socket.SHUT_WR)
        tap.equal(b"".join(iter(lambda: client.recv(65536), b"")), block,
                  "and carries bytes there and back, to the end of each direction")


def test_blocks(tap, nat):
    with Scene(nat, "kind only-tcp-443") as scene:
        client, server = scene.at_home(), scene.at_server(443)
        scene.enter_context(listen(scene.internet, 443))
        scene.enter_context(listen(scene.internet, 80))
        client.sendto(b"hello", server.getsockname())
        tap.ok(scene.dropped(1, "blocked"), "only TCP 443: UDP is dropped, to that port too")
        tap.ok(connects(scene.home, 80, 0.2) is None, "and TCP to other ports")
        tap.ok(connects(scene.home, 443) is not None, "but not that one")
        scene.nat.tell("udp on")
        tap.ok(seen_at(client, server) is not None, "until it is told otherwise")


def test_limit(tap, nat):
    for name, limit, alive in (("mappings", "limit 15 0", 15), ("new ones", "limit 0 15", 15)):
        with Scene(nat, "mapping port", limit) as scene:
            client, servers = scene.at_home(), [scene.at_server(SERVER_PORT + i)
                                                for i in range(alive + 1)]
            lived = all(seen_at(client, server) for server in servers[:alive])
            client.sendto(b"one too many", servers[alive].getsockname())
            scene.nat.await_line("stderr", "died")
            client.sendto(b"hello?", servers[0].getsockname())
            tap.ok(lived and scene.dropped(2, "dead") and scene.stats()["is_dead"],
                   f"it dies of {alive + 1} {name}, and says so")
            scene.nat.tell("rebind")
            tap.ok(seen_at(client, servers[0]) is not None, "and lives again, rebooted")


def test_firewall(tap, nat):
    for filtering, lets_in in (("port", False), ("address", True)):
        with Scene(nat, "firewall " + filtering, families=(6,)) as scene:
            client = scene.enter_context(udp_socket(scene.home.client, "::", CLIENT_PORT))
            server, stranger = scene.at_server(family=6), scene.at_server(6000, family=6)
            tap.equal(seen_at(client, server)[:2], (scene.home.address6, CLIENT_PORT),
                      f"firewall {filtering}: IPv6 keeps its address")
            stranger.sendto(b"stranger", (scene.home.address6, CLIENT_PORT))
            server.sendto(b"answer", (scene.home.address6, CLIENT_PORT))
            wanted = [b"stranger", b"answer"] if lets_in else [b"answer"]
            tap.equal([receive(client)[0] for _ in wanted], wanted,
                      f"and another port is {'let in' if lets_in else 'kept out'}")


def test_carrier(tap, nat):
    with Scene(nat, "kind port-restricted", carrier=("kind symmetric",)) as scene:
        client, server = scene.at_home(), [scene.at_server(SERVER_PORT + i) for i in (0, 1)]
        addresses = [seen_at(client, one) for one in server]
        tap.ok(addresses[0][0] == scene.home.address and addresses[0] != addresses[1],
               "behind two NATs, the outer one's address and mapping are seen")
        server[0].sendto(b"answer", addresses[0])
        tap.equal(receive(client)[0], b"answer", "and answers come through both")


def test_commands(tap, nat):
    with Scene(nat, "kind port-restricted") as scene:
        for command in ("", "kind none", "mapping", "mapping full", "ports sequential 0",
                        "ports random 2", "timeout 20", "limit 5", "tcp 70000", "udp maybe",
                        "rebind nowhere", "rebind ::1", "stats now", "ipv6", "firewall up"):
            answer = scene.nat.ask(command)
            tap.ok(answer.startswith("error: "), f"“{command}” is refused", answer)
        scene.nat.end_input()
        tap.equal(scene.nat.wait(), 0, "it ends with its input")


def main(nat):
    tap = tap_module.Tap()
    for function in (test_allocation, test_timeout, test_rebinding, test_hairpin, test_input_open,
                     test_errors, test_tcp, test_blocks, test_limit, test_firewall, test_carrier,
                     test_commands, test_tools):
        tap.run(function.__name__, function, nat)
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main, *sys.argv[1:]))
