#!/usr/bin/env python3
"""The link emulator keeps its promises: by what arrives, and by its own counts and clock.

usage: test-link.py LINK

A machine that is busy makes packets late, so nothing here has an upper bound in time: only that
nothing comes before it may, and what came, how often, and in which order.
"""

import errno
import socket
import struct
import sys
import time

import hosts as hosts_module
import lab as lab_module
import programs
import tap as tap_module

PORT = 9000
IP_AND_UDP = 20 + 8
IPV6_AND_UDP = 40 + 8
BUFFER = 32 << 20
RESEND_S = 0.2
# Of Linux; the module has no names for them.
SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33
IPV6_DONTFRAG = 62
IP_MTU_DISCOVER, IP_PMTUDISC_DO = 10, 2


class Sockets:
    """One UDP socket on each host; datagrams carry their number."""

    def __init__(self, hosts, ipv6=False):
        family = socket.AF_INET6 if ipv6 else socket.AF_INET
        addresses = hosts_module.ADDRESS6 if ipv6 else hosts_module.ADDRESS
        self.addresses = {name: (addresses[name], PORT) for name in hosts_module.NAMES}
        self.sockets = {}
        for name in hosts_module.NAMES:
            with hosts[name].entered():
                self.sockets[name] = socket.socket(family, socket.SOCK_DGRAM)
            self.sockets[name].setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
            self.sockets[name].setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, BUFFER)
            self.sockets[name].bind(self.addresses[name])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self.sockets.values():
            one.close()

    def send(self, count, size=100, side="a"):
        other = "b" if side == "a" else "a"
        for number in range(count):
            self.sockets[side].sendto(struct.pack("!I", number).ljust(size, b"."),
                                      self.addresses[other])

    def received(self, side="b"):
        """The numbers that have arrived, in their order."""
        numbers = []
        while True:
            try:
                data = self.sockets[side].recv(65535, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return numbers
            numbers.append(struct.unpack_from("!I", data)[0])

    def crosses(self, size):
        """Whether a datagram arrives; a host may drop the first ones while its addresses settle."""
        self.sockets["b"].settimeout(RESEND_S)
        deadline = time.monotonic() + programs.TIMEOUT
        while time.monotonic() < deadline:
            self.send(1, size)
            try:
                return len(self.sockets["b"].recv(65535)) == size
            except TimeoutError:
                pass
        return False


def cross(link, sockets, count, *commands, size=100):
    """Sends so many under these conditions; returns what arrived, and the counts of side a."""
    link.tell("reset", *commands)
    sockets.send(count, size)
    counts = link.settled(count)
    return sockets.received(), counts


def test_delay(tap, link):
    with hosts_module.Hosts(link) as hosts, Sockets(hosts) as sockets:
        numbers, counts = cross(hosts.link, sockets, 1000)
        tap.equal(numbers, list(range(1000)), "a line without faults brings all, in order")
        tap.equal((counts["packets_in"], counts["bytes_in"]), (1000, 1000 * (100 + IP_AND_UDP)),
                  "and counts packets and bytes")
        numbers, counts = cross(hosts.link, sockets, 1000, "a delay 20ms", "a jitter 10ms")
        tap.equal(numbers, list(range(1000)), "delay and jitter keep the order")
        tap.ok(counts["min_stay_us"] >= 20000, "nothing comes before its delay",
               f"{counts['min_stay_us']} µs")
        sockets.send(1, side="b")
        tap.equal(hosts.link.settled(1, "b")["packets_out"], 1, "the other direction carries too")
        tap.equal(sockets.received("a"), [0], "to its own end")


def lose(link, seed, percent):
    with hosts_module.Hosts(link, seed=seed) as hosts, Sockets(hosts) as sockets:
        return cross(hosts.link, sockets, 4000, f"a loss {percent}")


def test_loss(tap, link):
    numbers, counts = lose(link, 1, 10)
    tap.equal(numbers, sorted(set(numbers)), "loss leaves the rest as it was")
    tap.equal(len(numbers) + counts["lost"], 4000, "every packet arrives or is counted as lost")
    # 400 are expected; the standard deviation is 19.
    tap.ok(300 < counts["lost"] < 500, "a tenth is lost", f"{counts['lost']} of 4000")
    tap.equal(lose(link, 1, 10)[0], numbers, "the same seed loses the same packets")
    tap.ok(lose(link, 2, 10)[0] != numbers, "another seed loses others")
    tap.equal(lose(link, 1, 100)[0], [], "all of it is all")


def test_duplication_and_order(tap, link):
    with hosts_module.Hosts(link) as hosts, Sockets(hosts) as sockets:
        numbers, counts = cross(hosts.link, sockets, 4000, "a duplicate 5")
        tap.equal(sorted(set(numbers)), list(range(4000)), "duplication loses nothing")
        tap.equal(len(numbers), 4000 + counts["duplicated"], "each copy arrives")
        tap.ok(100 < counts["duplicated"] < 300, "a twentieth is doubled",
               f"{counts['duplicated']} of 4000")

        # The rate spaces the packets, whatever the sender's pace is: 1,024 bits each at 4 Mbit/s.
        numbers, counts = cross(hosts.link, sockets, 4000, "a duplicate 0", "a rate 4M",
                                "a queue 1M", "a reorder 10 50ms")
        tap.equal(sorted(numbers), list(range(4000)), "reordering loses and doubles nothing")
        tap.ok(300 < counts["held_back"] < 500, "a tenth is held back",
               f"{counts['held_back']} of 4000")
        overtaken = sum(1 for i, number in enumerate(numbers) if number < max(numbers[:i + 1]))
        tap.ok(0 < overtaken <= counts["held_back"], "only what is held back is overtaken",
               f"{overtaken} overtaken")
        # 195 packets take 50 ms.
        latest = max(i - number for i, number in enumerate(numbers))
        tap.ok(latest <= 196, "and by no more than it is held back", f"{latest} places")


def test_rate(tap, link):
    size, rate, queue = 1000, 10_000_000, 64000
    wire = size + IP_AND_UDP
    with hosts_module.Hosts(link) as hosts, Sockets(hosts) as sockets:
        before = hosts.link.stats()["now_us"]
        numbers, counts = cross(hosts.link, sockets, 1000, f"a rate {rate}", f"a queue {queue}",
                                size=size)
        after = hosts.link.stats()["now_us"]
        tap.equal(len(numbers) + counts["overflowed"], 1000,
                  "every packet arrives or finds the queue full")
        tap.equal(numbers, sorted(numbers), "in order")
        tap.ok(counts["overflowed"] > 0 and len(numbers) >= queue // wire,
               "a burst fills the queue", f"{len(numbers)} arrived")
        tap.ok(queue - wire < counts["max_queued_bytes"] <= queue, "to its end and not further",
               f"{counts['max_queued_bytes']} bytes")
        busy = len(numbers) * wire * 8 * 1_000_000 // rate
        tap.ok(abs(counts["busy_us"] - busy) <= 1000, "each packet takes its time to send",
               f"{counts['busy_us']} µs, by the rate {busy}")
        tap.ok(after - before >= busy, "so that no rate is exceeded", f"{after - before} µs")

        _, counts = cross(hosts.link, sockets, 1000, "a queue 20ms", size=size)
        tap.ok(counts["max_queued_bytes"] <= rate / 8 * 0.02 and counts["max_wait_us"] <= 20000,
               "a queue can be given as a time",
               f"{counts['max_queued_bytes']} bytes, {counts['max_wait_us']} µs")


def test_cut(tap, link):
    with hosts_module.Hosts(link, "both delay 200ms") as hosts, Sockets(hosts) as sockets:
        sockets.send(10)
        # The emulator has them, and keeps them for a moment.
        while hosts.link.stats()["a"]["packets_in"] < 10:
            pass
        hosts.link.tell("cut")
        out_before = hosts.link.stats()["a"]["packets_out"]
        sockets.send(10)
        sockets.send(10, side="b")
        counts = hosts.link.settled(20)
        tap.equal((len(sockets.received()), counts["lost"]), (out_before, 20 - out_before),
                  "a cut takes what is under way, and what comes")
        tap.equal(hosts.link.settled(10, "b")["lost"], 10, "in both directions")
        numbers, _ = cross(hosts.link, sockets, 10, "heal")
        tap.equal(numbers, list(range(10)), "what comes after it is healed arrives")


def longer_is_refused(sockets, longest):
    try:
        sockets.send(1, size=longest + 1)
    except OSError as error:
        return error.errno == errno.EMSGSIZE
    return False


def test_devices(tap, link):
    with hosts_module.Hosts(link, mtu=9000, ipv6=True) as hosts:
        with Sockets(hosts) as sockets:
            sockets.sockets["a"].setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
            tap.ok(longer_is_refused(sockets, 9000 - IP_AND_UDP),
                   "the device has the MTU that was asked for")
            tap.ok(sockets.crosses(9000 - IP_AND_UDP), "and carries the longest packet")
        with Sockets(hosts, ipv6=True) as sockets:
            sockets.sockets["a"].setsockopt(socket.IPPROTO_IPV6, IPV6_DONTFRAG, 1)
            tap.ok(longer_is_refused(sockets, 9000 - IPV6_AND_UDP), "for IPv6 too")
            tap.ok(sockets.crosses(9000 - IPV6_AND_UDP), "which crosses as well")


def test_commands(tap, link):
    with hosts_module.Hosts(link, "both rate 1G") as hosts:
        for command in ("", "a", "a delay", "a delay 20", "a delay 20ms 5", "c delay 20ms",
                        "a loss 101", "a loss -1", "a rate fast", "a queue 0", "stats now",
                        "a reorder 10", "a speed 5", "both speed 5"):
            answer = hosts.link.ask(command)
            tap.ok(answer.startswith("error: "), f"“{command}” is refused", answer)
        tap.equal(hosts.link.stats()["b"]["packets_in"], 0, "and it goes on")
        hosts.link.end_input()
        tap.equal(hosts.link.wait(), 0, "it ends with its input")


def main(link):
    tap = tap_module.Tap()
    for name, function in (("delay", test_delay), ("loss", test_loss),
                           ("duplication and order", test_duplication_and_order),
                           ("rate", test_rate), ("cut", test_cut), ("devices", test_devices),
                           ("commands", test_commands)):
        tap.run(name, function, link)
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main, *sys.argv[1:]))
