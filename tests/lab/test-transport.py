#!/usr/bin/env python3
"""Chat and bulk over lines that are as bad as they get: everything arrives, once and in order.

usage: test-transport.py KNOTHOLED KNOTHOLE-TERM LINK

How long it takes is the benchmarks' to say (tests/bench); nothing here depends on it.
"""

import random
import sys
import time

import hosts as hosts_module
import lab as lab_module
import programs
import tap as tap_module

TIMEOUT = 180.0
BLACKHOLE_S = 5
# Words of a text: together with MESSAGES, some 300 kB each way.
WORDS = 300
MESSAGES = 200
BULK_BYTES = 1_000_000

FAIR_LINE = ("both delay 20ms", "both rate 50M", "both queue 40ms")
BAD_LINE = ("both delay 20ms", "both loss 30", "both duplicate 2", "both reorder 10 50ms")


def make_texts(name):
    """Texts that differ, of many lengths, the same in every run."""
    source = random.Random(name)
    return [f"{name} {i} " + "x" * source.randrange(5 * WORDS) for i in range(MESSAGES)]


def connect(pair):
    peers = {"b": pair.start("b")}
    peers["b"].await_event("registered", TIMEOUT)
    peers["a"] = pair.start("a", pair.ids["b"])
    for peer in peers.values():
        peer.await_event("session", TIMEOUT)
    return peers


def await_receipts(peer, count):
    """Until there is a receipt of each message. Where a session was replaced, that of delivery may
    have gone with it: the next one that says "read" says that as well."""
    def enough():
        got = {event["id"] for event in peer.select("receipt")}
        return got if len(got) >= count else None
    peer.await_(enough, f"receipts of {count} messages", TIMEOUT)


def check_chat(tap, pair, peers, texts, name):
    """Everything that was said is on the other side's output and disk."""
    for host, peer in peers.items():
        other = pair.other(host)
        peer.await_events(len(texts[other]), "message", TIMEOUT)
        await_receipts(peer, len(texts[host]))
        tap.ok(peer.texts() == texts[other], f"{name}: {host} prints every message once, in order")
    for peer in peers.values():
        peer.end_input()
    for host, peer in peers.items():
        tap.equal(peer.wait(TIMEOUT), 0, f"{name}: {host} ends well")
        tap.ok(pair.history(host, programs.DIRECTION_IN) == texts[pair.other(host)],
               f"{name}: {host} has every message once, in order, in its history")


def await_bytes(link, count):
    """Until side a has brought so many over since the counts began."""
    deadline = time.monotonic() + TIMEOUT
    while link.stats()["a"]["bytes_out"] < count:
        if time.monotonic() > deadline:
            raise AssertionError(f"{count} bytes did not cross: {link.stats()}")
        time.sleep(0.002)


def make_blackhole(link):
    """For so long nothing crosses."""
    link.tell("cut", "reset")
    time.sleep(BLACKHOLE_S)
    stats = link.stats()
    link.tell("heal")
    return stats["a"]["packets_out"] + stats["b"]["packets_out"], stats["a"]["lost"]


def test_chat_blackhole(tap, binaries, link):
    name = "chat over a blackhole"
    with hosts_module.Hosts(link, *FAIR_LINE) as hosts, hosts_module.Pair(hosts, *binaries) as pair:
        peers = connect(pair)
        texts = {host: make_texts(host) for host in peers}
        for host, peer in peers.items():
            peer.send_in_background(texts[host])
        await_bytes(hosts.link, 100_000)
        crossed, _ = make_blackhole(hosts.link)
        tap.equal(crossed, 0, f"{name}: for {BLACKHOLE_S} s nothing crosses")
        check_chat(tap, pair, peers, texts, name)


def test_chat_bad_line(tap, binaries, link):
    name = "chat over a bad line"
    with hosts_module.Hosts(link, *BAD_LINE) as hosts, hosts_module.Pair(hosts, *binaries) as pair:
        peers = connect(pair)
        texts = {host: make_texts(host) for host in peers}
        for host, peer in peers.items():
            peer.send_in_background(texts[host])
        check_chat(tap, pair, peers, texts, name)


def end_bulk(tap, peers, wanted, name):
    """The receiver has confirmed that it read, and looked at, every byte."""
    event = peers["a"].await_event("bench", TIMEOUT)
    tap.equal(event["bytes"], wanted, f"{name}: every byte arrives")
    tap.equal(peers["a"].wait(TIMEOUT), 0, f"{name}: a ends well")
    peers["b"].stop()


def test_bulk_blackhole(tap, binaries, link):
    name = "bulk over a blackhole"
    wanted = 20_000_000
    with hosts_module.Hosts(link, *FAIR_LINE) as hosts, hosts_module.Pair(hosts, *binaries) as pair:
        peers = pair.start_bench("--bytes", str(wanted))
        await_bytes(hosts.link, wanted // 4)
        crossed, lost = make_blackhole(hosts.link)
        tap.equal(crossed, 0, f"{name}: for {BLACKHOLE_S} s nothing crosses")
        tap.ok(lost > 0, f"{name}: it was in the middle of the transfer", f"{lost} packets lost")
        end_bulk(tap, peers, wanted, name)


def test_bulk_bad_line(tap, binaries, link):
    name = "bulk over a bad line"
    with hosts_module.Hosts(link, *BAD_LINE) as hosts, hosts_module.Pair(hosts, *binaries) as pair:
        end_bulk(tap, pair.start_bench("--bytes", str(BULK_BYTES)), BULK_BYTES, name)
        counts = hosts.link.stats()["a"]
        tap.ok(counts["lost"] > 0 and counts["duplicated"] > 0 and counts["held_back"] > 0,
               f"{name}: it was bad", str(counts))


def test_both(tap, binaries, link):
    name = "chat beside bulk"
    wanted = 20_000_000
    with hosts_module.Hosts(link, *FAIR_LINE) as hosts, hosts_module.Pair(hosts, *binaries) as pair:
        peers = pair.start_bench("--bytes", str(wanted))
        texts = {host: make_texts(host) for host in peers}
        await_bytes(hosts.link, wanted // 10)
        for host, peer in peers.items():
            peer.send_in_background(texts[host])
        for host, peer in peers.items():
            peer.await_events(MESSAGES, "message", TIMEOUT)
            tap.ok(peer.texts() == texts[pair.other(host)],
                   f"{name}: {host} prints every message once, in order")
        tap.note("the bulk is " + ("through" if peers["a"].select("bench") else "under way"))
        end_bulk(tap, peers, wanted, name)


def main(*arguments):
    *binaries, link = arguments
    tap = tap_module.Tap()
    for name, function in (("chat over a blackhole", test_chat_blackhole),
                           ("chat over a bad line", test_chat_bad_line),
                           ("bulk over a blackhole", test_bulk_blackhole),
                           ("bulk over a bad line", test_bulk_bad_line),
                           ("chat beside bulk", test_both)):
        tap.run(name, function, binaries, link)
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main, *sys.argv[1:]))
