#!/usr/bin/env python3
"""The rows of the table that need a network: two namespaces, and knothole-term on each.

usage: rows.py BUILD-DIR SECTION [SECONDS]

Prints rows for table.py: figure, ours, reference, ratio, aim, separated by tabs. SECONDS bounds
each transfer; without it each takes as long as its figure needs.
"""

import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "lab"))

# pylint: disable=wrong-import-position
import hosts as hosts_module
import lab as lab_module
import programs
import references

# The machine is noisy: what takes seconds is measured so often, and the median counts.
REPEATS = 3
MESSAGE_EVERY_S = 0.1
# Of a datagram (KH_DATAGRAM_LARGEST).
LARGEST = 8952


def row(*cells):
    print("\t".join(cells), flush=True)


def rate(bits_per_second):
    if bits_per_second >= 1e9:
        return f"{bits_per_second / 1e9:.2f} Gbit/s"
    return f"{bits_per_second / 1e6:.1f} Mbit/s"


def compare(figure, ours, reference, aim="", shown=rate):
    row(figure, shown(ours), shown(reference), f"{ours / reference:.2f}", aim)


def cpu(seconds_per_gb):
    return f"{seconds_per_gb:.2f} s/GB"


def milliseconds(value):
    return f"{value:.1f} ms"


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Bench:
    """What the sections share: the programs, and how long a transfer may take."""

    def __init__(self, build, seconds):
        self.build = build
        self.most_seconds = seconds
        self.link = self._program("tests", "lab", "link")
        self.knotholed = self._program("server", "knotholed")
        self.term = self._program("src", "term", "knothole-term")

    def _program(self, *parts):
        path = os.path.join(self.build, *parts)
        if not os.path.exists(path):
            raise references.Missing(f"{path} is not built")
        return path

    def seconds(self, wanted):
        return min(wanted, self.most_seconds) if self.most_seconds else wanted

    def repeats(self):
        return 1 if self.most_seconds else REPEATS

    def pair(self, hosts):
        return hosts_module.Pair(hosts, self.knotholed, self.term)

    def transfer(self, hosts, seconds):
        """One stream from a to b; returns the event that tells of it."""
        with self.pair(hosts) as pair:
            peers = pair.start_bench("--seconds", str(seconds))
            event = peers["a"].await_event("bench", seconds + programs.TIMEOUT)
            for peer in peers.values():
                peer.stop()
            return event


def cpu_s_per_gb(event):
    return (event["cpu_s"] + event["peer_cpu_s"]) / (event["bytes"] / 1e9)


def try_kernel(figure, ours, measure, shown=rate):
    """A comparison beside the reference; there may be none to be had."""
    try:
        compare(figure, ours, measure(), shown=shown)
    except references.Missing as missing:
        row(figure, f"skipped: {missing}")


class Plain:
    """GSO and GRO are off, for the programs that are started inside."""

    def __init__(self, plain):
        self.plain = plain

    def __enter__(self):
        if self.plain:
            os.environ["KNOTHOLE_NO_GSO"] = "1"

    def __exit__(self, *_):
        os.environ.pop("KNOTHOLE_NO_GSO", None)


def median(values):
    return statistics.median(values)


def section_bulk(bench):
    """As fast as the machine: two namespaces, a veth pair, one stream."""
    limit = references.Limit(bench.build)
    seconds = bench.seconds(3)
    for mtu, plain, name, aim in ((1500, False, "one stream ÷ limit", "≥ 0.70"),
                                  (1500, True, "the same without GSO ÷ limit without", "≥ 0.80"),
                                  (9000, False, "jumbo frames ÷ limit", "")):
        with hosts_module.Hosts(mtu=mtu) as hosts:
            ours, bare, used = [], [], []
            for _ in range(bench.repeats()):
                bare.append(limit.goodput(hosts, bench.seconds(2), plain,
                                          None if mtu == 1500 else LARGEST))
                with Plain(plain):
                    event = bench.transfer(hosts, seconds)
                ours.append(event["goodput_bps"])
                used.append(cpu_s_per_gb(event))
            compare(name, median(ours), median(bare), aim)
            if mtu != 1500:
                continue
            if plain:
                row("  CPU of both ends, without GSO", cpu(median(used)))
                continue
            try:
                result = references.Iperf(hosts, seconds).result()
            except references.Missing as missing:
                row("  kernel TCP", f"skipped: {missing}")
                row("  CPU of both ends", cpu(median(used)))
                continue
            compare("  kernel TCP, without encryption", median(ours),
                    references.Iperf.goodput(result))
            compare("  CPU of both ends, to kernel TCP's", median(used),
                    references.Iperf.cpu_s_per_gb(result), shown=cpu)


def section_loss(bench):
    """100 Mbit/s, 100 ms, 1% random loss, a queue of one bandwidth-delay product."""
    line = ("both delay 50ms", "both rate 100M", "both queue 100ms", "both loss 1")
    # The start takes fifteen round trips, which is not what this is about.
    seconds = bench.seconds(30)
    with hosts_module.Hosts(bench.link, *line) as hosts:
        event = bench.transfer(hosts, seconds)
        compare("1% loss, goodput ÷ rate", event["goodput_bps"], 100e6, "≥ 0.85")
        row("  lost, sent again",
            f"{event['lost']} of {event['packets']}", f"{event['retransmitted_share'] * 100:.1f}%")
        for control in ("cubic", "bbr"):
            try_kernel(f"  kernel TCP, {control}", event["goodput_bps"],
                       lambda control=control: references.Iperf.goodput(
                           references.Iperf(hosts, seconds, control).result()))


def chat_delays(peers, prefix, seconds):
    """Milliseconds from writing a line at a to its event at b."""
    sent = {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        text = f"{prefix} {len(sent)}"
        sent[text] = time.monotonic()
        peers["a"].send(text)
        time.sleep(MESSAGE_EVERY_S)
    for text in sent:
        peers["b"].await_event("message", text=text)
    arrivals = peers["b"].arrivals()
    return [(arrivals[text] - at) * 1000 for text, at in sent.items()]


def section_chat(bench):
    """100 Mbit/s, 40 ms, room for one second at the bottleneck: a message beside a file."""
    line = ("both delay 20ms", "both rate 100M", "both queue 1s")
    seconds = bench.seconds(15)
    with hosts_module.Hosts(bench.link, *line) as hosts:
        with bench.pair(hosts) as pair:
            peers = {"b": pair.start("b")}
            peers["b"].await_event("registered")
            peers["a"] = pair.start("a", pair.ids["b"])
            peers["b"].await_event("session")
            idle = chat_delays(peers, "idle", bench.seconds(8))
        with bench.pair(hosts) as pair:
            peers = pair.start_bench("--seconds", str(seconds + 3))
            # Past the start, when whoever fills queues has filled it.
            await_bytes(hosts.link, 1_000_000)
            hosts.link.tell("reset")
            busy = chat_delays(peers, "busy", seconds)
            event = peers["a"].await_event("bench", seconds + programs.TIMEOUT)
        wait = hosts.link.stats()["a"]["max_wait_us"] / 1000
        for share, aim in ((0.5, ""), (0.95, "≤ +50 ms")):
            ours, alone = percentile(busy, share), percentile(idle, share)
            row(f"message one-way p{share * 100:.0f}, during a file and idle", milliseconds(ours),
                milliseconds(alone), f"{ours - alone:+.1f} ms", aim)
        row("  the longest wait in the queue", milliseconds(wait))
        compare("  the file meanwhile, goodput ÷ rate", event["goodput_bps"], 100e6)


def section_fair(bench):
    """Ours and one flow of kernel TCP (CUBIC), 100 Mbit/s, 40 ms, a queue of one
    bandwidth-delay product."""
    line = ("both delay 20ms", "both rate 100M", "both queue 40ms")
    # CUBIC leaves slow start early beside somebody else's and then adds 10 kB a second: it needs
    # twenty seconds to come near to half, whoever the other is.
    seconds = bench.seconds(60)
    with hosts_module.Hosts(bench.link, *line) as hosts, bench.pair(hosts) as pair:
        peers = pair.start_bench("--seconds", str(seconds))
        other = references.Iperf(hosts, seconds)
        event = peers["a"].await_event("bench", seconds + programs.TIMEOUT)
        result = other.result()
        compare("ours, of half", event["goodput_bps"], 50e6, "0.6–1.4")
        compare("kernel CUBIC beside it, of half", references.Iperf.goodput(result), 50e6,
                "0.6–1.4")


def await_bytes(link, count):
    """Until side a has brought so many bytes over since the counts began; returns when that was
    seen, by the emulator's clock, in microseconds."""
    deadline = time.monotonic() + programs.TIMEOUT
    while True:
        stats = link.stats()
        if stats["a"]["bytes_out"] >= count:
            return stats["now_us"]
        if time.monotonic() > deadline:
            raise AssertionError(f"no data crosses the line: {stats}")
        time.sleep(0.0005)


def recover(bench, hosts):
    """Milliseconds from the network's return until data crosses again; and the RTT, mean and p95."""
    with bench.pair(hosts) as pair:
        peers = pair.start_bench("--seconds", "10")
        await_bytes(hosts.link, 5_000_000)
        hosts.link.tell("cut")
        # As long as the blackhole is to be; nothing is waited for.
        time.sleep(5)
        hosts.link.tell("reset", "heal")
        healed_us = hosts.link.stats()["now_us"]
        # More than the probes and acknowledgements of a sender that has not noticed yet.
        flows_us = await_bytes(hosts.link, 20_000)
        event = peers["a"].await_event("bench", programs.TIMEOUT)
        return (flows_us - healed_us) / 1000, event


def section_blackhole(bench):
    """50 Mbit/s, 40 ms: nothing crosses for 5 s in the middle of a transfer."""
    line = ("both delay 20ms", "both rate 50M", "both queue 40ms")
    with hosts_module.Hosts(bench.link, *line) as hosts:
        times, allowed = [], []
        for _ in range(bench.repeats()):
            hosts.link.tell("reset")
            took, event = recover(bench, hosts)
            times.append(took)
            # One RTT, and one PTO (RFC 9002, 6.2.1): its smoothed RTT, and where the queue is part
            # of it, no more variation than there was; 25 ms of delay that the other side may add.
            allowed.append(2 * event["rtt_mean_ms"] + 25 +
                           max(0, event["rtt_p95_ms"] - event["rtt_mean_ms"]))
        compare("data crosses again after 5 s ÷ RTT + PTO", median(times), median(allowed),
                "≤ 1.0", milliseconds)


SECTIONS = {name.removeprefix("section_"): function
            for name, function in globals().items() if name.startswith("section_")}


def main(build, name, seconds="0"):
    try:
        lab_module.check_possible()
        SECTIONS[name](Bench(build, float(seconds)))
    except (lab_module.Skip, references.Missing) as why:
        row(name, f"skipped: {why}")
    except Exception as error:  # pylint: disable=broad-except
        # One figure that could not be had is no reason to lose the others.
        print(f"rows.py: {name}: {error}", file=sys.stderr)
        row(name, "failed: " + str(error).splitlines()[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
