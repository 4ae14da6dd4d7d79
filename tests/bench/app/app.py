#!/usr/bin/python3
"""The app beside a bare window: what starting, memory, scrolling, idling and typing cost.

usage: session.sh app.py BUILD-DIR [QUICK | PART...]

Parts are start, idle, typing and scroll; all, unless some are named. Times only mean much where
nothing else runs, or with priority over it (chrt -r 1).

Runs in a desktop of its own (tests/ui/session.sh). Prints rows for table.py. Both sides have
tests/bench/app/probe preloaded, which does the watching.
"""

import contextlib
import json
import os
import signal
import socket
import statistics
import struct
import subprocess
import sys
import time

BUILD = sys.argv[1]
ALL_PARTS = ["start", "idle", "typing", "scroll"]
PARTS = [word for word in sys.argv[2:] if word in ALL_PARTS] or ALL_PARTS
QUICK = len(sys.argv) > 2 and PARTS == ALL_PARTS
SCRATCH = os.environ["KH_UI_SCRATCH"]
TIMEOUT = 120.0
STARTS = 0 if QUICK else 9
CONTACTS = 200
MESSAGES = 2000 if QUICK else 100_000
IDLE_S = 2 if QUICK else 60
REST_S = 0 if QUICK else 5
# Pixels a frame: a finger that flings, and a scroll bar that is dragged from end to end.
FLING, DRAG = 60, 2000
FRAMES = 60 if QUICK else 1200
CHARACTERS = 10 if QUICK else 200
MAX_FRAME_MS = 16.7


def program(*parts):
    return os.path.join(BUILD, *parts)


KNOTHOLE = program("src", "app", "knothole")
KNOTHOLED = program("server", "knotholed")
TERM = program("src", "term", "knothole-term")
PLAIN = program("tests", "bench", "app", "plain")
FILL = program("tests", "bench", "app", "fill")
PROBE = program("tests", "bench", "app", "probe.so")


def row(*cells):
    print("\t".join(cells), flush=True)


def await_(condition, what, timeout=TIMEOUT):
    deadline = time.monotonic() + timeout
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"timed out waiting for {what}")
        time.sleep(0.01)


class Probed:
    """A program with the probe in it."""

    def __init__(self, command, mode="start"):
        self.path = os.path.join(SCRATCH, "probe")
        for path in (self.path, self.path + ".txt"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        environment = dict(os.environ, LD_PRELOAD=PROBE, KH_PROBE=mode, KH_PROBE_FILE=self.path)
        self.began_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        await_(lambda: self.counts()[0], "the first frame")

    def counts(self):
        """When the first frame was there, the processor's time until then, frames, and done."""
        if self.process.poll() is not None:
            raise AssertionError(f"{self.process.args[0]} ended with {self.process.returncode}")
        try:
            with open(self.path, "rb") as file:
                return struct.unpack("4Q", file.read(32))
        except (FileNotFoundError, struct.error):
            return (0, 0, 0, 0)

    def result(self):
        """What was measured, by name."""
        await_(lambda: self.counts()[3], "the measurement to end", 600.0)
        with open(self.path + ".txt", encoding="ascii") as file:
            words = file.read().split()
        return dict(zip(words[::2], map(int, words[1::2])))

    def start_ms(self):
        return (self.counts()[0] - self.began_us) / 1000

    def start_cpu_ms(self):
        return self.counts()[1] / 1000

    def pss(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
        raise AssertionError("no Pss")

    def wakeups(self):
        """How often any of its threads slept and was woken again."""
        count = 0
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            # A thread may have ended by now.
            with contextlib.suppress(FileNotFoundError), \
                    open(f"/proc/{self.process.pid}/task/{thread}/status", encoding="ascii") as file:
                count += next(int(line.split()[1]) for line in file
                              if line.startswith("voluntary_ctxt_switches:"))
        return count

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(TIMEOUT)


class Server:
    """A knotholed of our own."""

    def __init__(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            [KNOTHOLED, "--listen", "127.0.0.1", "--port", self.address.split(":")[1],
             "--state-dir", os.path.join(SCRATCH, "server")],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "listening" in line.lower():
                return
        raise AssertionError("the server did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.stderr.close()
        self.process.wait()


def make_home(name, first, each):
    """A data folder with CONTACTS people; returns the start of a command line, and the first."""
    path = os.path.join(SCRATCH, name)
    os.makedirs(path, mode=0o700)
    first_id = subprocess.run([FILL, path, str(CONTACTS), str(first), str(each)], check=True,
                              text=True, stdout=subprocess.PIPE).stdout.strip()
    return [KNOTHOLE, "--data-dir", path, "--name", "Ada", "--server"], first_id


def settle(app):
    """Until it has drawn nothing for a second: what it does at the start is over."""
    since, frames = time.monotonic(), app.counts()[2]
    while time.monotonic() - since < 1.0:
        time.sleep(0.05)
        if app.counts()[2] != frames:
            since, frames = time.monotonic(), app.counts()[2]


def await_rest(app):
    """Until it has slept for two seconds: it has asked its server for everybody by then, which the
    server lets it do in some ten seconds."""
    since, count = time.monotonic(), app.wakeups()

    def rests():
        nonlocal since, count
        now = app.wakeups()
        if now != count:
            since, count = time.monotonic(), now
        return time.monotonic() - since > 2.0

    await_(rests, "the app to rest")


def compare(figure, ours, reference, unit, aim=""):
    row(figure, f"{ours:.1f} {unit}", f"{reference:.1f} {unit}", f"{ours / reference:.2f}", aim)


def start_and_memory(command):
    """By turns, so that what slows the machine slows both."""
    figures = {"ours": [], "plain": []}
    for turn in range(STARTS + 1):
        for name, line in (("plain", [PLAIN]), ("ours", command)):
            with Probed(line) as app:
                settle(app)
                # A window at rest gives back what it drew with.
                time.sleep(REST_S)
                # The first of each has the disk to read from.
                if turn > 0 or QUICK:
                    figures[name].append((app.start_ms(), app.start_cpu_ms(), app.pss() / 2**20))
    for index, (figure, unit, aim) in enumerate((("start to first frame", "ms", "≤ 1.3"),
                                                 ("  processor's time for it", "ms", ""),
                                                 ("memory (PSS)", "MiB", "≤ 1.3"))):
        compare(figure, *(statistics.median(each[index] for each in figures[name])
                          for name in ("ours", "plain")), unit, aim)


def scroll(figure, command, step, frames, aim):
    results = []
    for line in (command, [PLAIN, str(MESSAGES)]):
        with Probed(line, f"scroll:{step}:{frames}") as app:
            results.append(app.result())
    ours, plain = results
    milliseconds = [result["cpu99"] / 1000 for result in results]
    row(figure + ", p99", *(f"{each:.1f} ms" for each in milliseconds),
        f"{milliseconds[0] / milliseconds[1]:.2f}", aim)
    row("  p50, and the worst", *(f"{result['cpu50'] / 1000:.1f}, {result['cpu100'] / 1000:.0f} ms"
                                  for result in results))
    row("  frames, and messages loaded by then",
        *(f"{result['frames']}, {result['rows']}" for result in (ours, plain)))


def idle(command):
    with Probed(command) as app, Probed([PLAIN]) as plain:
        settle(app)
        await_rest(app)
        before = [(each.counts()[2], each.wakeups()) for each in (app, plain)]
        time.sleep(IDLE_S)
        after = [(each.counts()[2], each.wakeups()) for each in (app, plain)]
    minutes = IDLE_S / 60
    for index, (figure, aim) in enumerate((("frames drawn in an idle minute", "0"),
                                           ("times woken in an idle minute", "keepalives"))):
        row(figure, *(f"{max(0, late[index] - early[index]) / minutes:.0f}"
                      for early, late in zip(before, after)), "", aim)


def type_beside(command, server, peer_id, bulk=None):
    """Types into a chat; bulk is the command line of a peer that sends all it can meanwhile."""
    with Probed(command + [server, peer_id], f"type:{CHARACTERS}") as app:
        # pylint: disable-next=consider-using-with
        sender = subprocess.Popen(bulk, stdout=subprocess.PIPE, text=True) if bulk else None
        result = app.result()
        if sender is None:
            return result, 0.0
        output, _ = sender.communicate(timeout=TIMEOUT)
        event = next(json.loads(line) for line in output.splitlines() if '"bench"' in line)
        return result, event["goodput_bps"]


def typing(server):
    command, _ = make_home("typing", 500, 5)
    peer = os.path.join(SCRATCH, "peer")
    ids = [subprocess.run([TERM, "--data-dir", path, "--id"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip() for path in (command[2], peer)]
    bulk = [TERM, "--data-dir", peer, "--name", "Grace", "--server", server, "--json",
            "--bench-to", ids[0], "--seconds", str(CHARACTERS * 57 // 1000 + 5)]
    alone, _ = type_beside(command, server, ids[1])
    beside, bits = type_beside(command[:1] + ["--bench-serve"] + command[1:], server, ids[1], bulk)
    for share in (50, 95):
        compare(f"a key until it is drawn, p{share}, in a bulk transfer and without",
                beside[f"wall{share}"] / 1000, alone[f"wall{share}"] / 1000, "ms",
                "" if share == 50 else "≤ +16.7 ms")
    row("  the transfer meanwhile", f"{bits / 1e6:.0f} Mbit/s", "")


def main():
    for path in (KNOTHOLE, KNOTHOLED, TERM, PLAIN, FILL, PROBE):
        if not os.path.exists(path):
            row("app", f"skipped: {path} is not built")
            return
    with Server() as server:
        if "start" in PARTS or "idle" in PARTS:
            many, _ = make_home("many", MESSAGES // CONTACTS, MESSAGES // CONTACTS)
        if "start" in PARTS:
            start_and_memory(many + [server.address])
        if "idle" in PARTS and not QUICK:
            idle(many + [server.address])
        if "typing" in PARTS and not QUICK:
            typing(server.address)
        if "scroll" in PARTS:
            command, first = make_home("long", MESSAGES, 5)
            command += [server.address, first]
            scroll(f"a frame scrolling {MESSAGES:,} messages", command, FLING, FRAMES,
                   f"≤ {MAX_FRAME_MS} ms")
            if not QUICK:
                scroll("  the same, a page a frame", command, DRAG, FRAMES // 4, "")


if __name__ == "__main__":
    main()
