#!/usr/bin/env python3
"""Every kind of network against every other one, with the real programs: two knothole-term and one
knotholed. Prints which pairs connect, which of them directly, and how soon.

A cell is the home of whoever waits (row) against the home of whoever calls (column):

  D 0.12   direct, so many seconds after the call
  R 0.05   connected, but through the relay
  –        not connected

An exclamation mark behind it says that somebody did not name the true cause: each kind of network
implies what both sides must say of why they are connected as they are. See --help.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import queue
import sys
import threading
import time

import homes as homes_module
import lab as lab_module
import programs
import tap as tap_module

SERVER_PORT = 4430
QUICK = ("open", "full-cone", "port-restricted", "masquerade", "symmetric", "sequential-1",
         "carrier-cone", "short-lived", "udp-blocked", "only-tcp-443", "ipv6-firewall", "pcp")
QUICK_SHARED = ("same-nat", "same-carrier", "same-carrier-hairpin")

# What ordinary punching needs to know (PROTOCOL.md, "NAT behaviour"): who is seen at one port,
# whoever looks, and who lets in other ports of an address that was sent to.
EASY = {"open", "full-cone", "restricted", "port-restricted", "masquerade", "masquerade-open",
        "carrier-cone", "short-lived", "fragile"}
LAX = {"open", "full-cone", "restricted"}
RANDOM = {"symmetric", "carrier-symmetric", "fragile-symmetric", "ipv6-firewall"}
SEQUENTIAL = {"sequential-1", "sequential-2", "sequential-busy"}
MAPPED = {"upnp", "nat-pmp", "pcp"}
# Behind one router, and a way from one to the other: the LAN, or a hairpin.
REACHABLE = {"same-nat", "same-nat-hairpin", "same-carrier-hairpin"}
NO_UDP = {"udp-blocked", "only-tcp-443", "proxy"}

NOTHING, CONNECTED, DIRECT = range(3)
# What is told last comes this much later at most.
SETTLE = 2


def families(kind):
    return set(homes_module.KINDS[kind].families) if kind in homes_module.KINDS else {4}


def expect_final(one, other):
    """Everybody connects; directly wherever that is not proven impossible."""
    shared = families(one) & families(other)
    if {one, other} & NO_UDP or not shared or one == "same-carrier":
        return CONNECTED
    if 6 in shared or one in REACHABLE or {one, other} & MAPPED:
        return DIRECT
    hard = [kind for kind in (one, other) if kind in RANDOM | SEQUENTIAL]
    return CONNECTED if len(hard) == 2 and set(hard) & RANDOM else DIRECT


LEVELS = {"none": lambda one, other: NOTHING, "final": expect_final}


def who(us, them):
    return {(True, True): "both", (True, False): "us", (False, True): "them"}.get(
        (us, them), "nobody")


def expect_direct_verdicts(one, other):
    """A port that a router gives may come after one that was found by a search."""
    if one == "same-nat":
        return ("direct-local",)
    if one == "same-nat-hairpin":  # by way of the router, it is as near
        return ("direct-local", "direct")
    if 6 in families(one) & families(other) or {one, other} <= EASY | REACHABLE or \
            {one, other} & LAX:
        return ("direct",)
    return ("direct", "direct-search") if {one, other} & MAPPED else ("direct-search",)


def expect_verdicts(one, other, reached):
    """What one may say of its session with the other, each as (kind, who)."""
    if reached == DIRECT:
        return [(kind, "nobody") for kind in expect_direct_verdicts(one, other)]
    return [expect_relayed_verdict(one, other)]


def expect_relayed_verdict(one, other):
    ours, theirs = families(one), families(other)
    if {one, other} & NO_UDP:
        return "udp-blocked", who(one in NO_UDP, other in NO_UDP)
    if not ours & theirs:
        return "no-family", who(4 not in ours, 4 not in theirs)
    if one == "same-carrier":
        return "no-hairpin", "both"
    random = (one in RANDOM, other in RANDOM)
    if {one, other} <= RANDOM | SEQUENTIAL and any(random):
        return "random-random" if all(random) else "dependent", who(*random)
    if any(random):
        return "random-strict", who(*random)
    if {one, other} & SEQUENTIAL:
        return "unpredicted", who(one in SEQUENTIAL, other in SEQUENTIAL)
    return "firewall", "nobody"


@dataclasses.dataclass
class Cell:
    """What came of one pair. Times are seconds since the call; None: it never happened."""

    waits: str
    calls: str
    registered: bool = False
    session: float | None = None
    connected: float | None = None  # a message from each has reached the other
    direct: float | None = None     # both say so
    verdicts: dict = dataclasses.field(default_factory=dict)  # (kind, who) by "waits", "calls"
    trouble: str = ""

    @property
    def reached(self):
        if self.direct is not None:
            return DIRECT
        return NOTHING if self.connected is None else CONNECTED

    @property
    def wrong_verdicts(self):
        """What was said that is not so, in words."""
        wrong = []
        for side, one, other in (("waits", self.waits, self.calls),
                                 ("calls", self.calls, self.waits)):
            wanted = expect_verdicts(one, other, self.reached)
            if self.reached != NOTHING and self.verdicts.get(side) not in wanted:
                wrong.append(f"{side}: {self.verdicts.get(side)} and not {wanted[0]}")
        return "; ".join(wrong)

    @property
    def text(self):
        if self.reached == NOTHING:
            return "–"
        when = self.direct if self.reached == DIRECT else self.connected
        mark = "!" if self.wrong_verdicts else ""
        return f"{'D' if self.reached == DIRECT else 'R'} {when:.2f}{mark}"


class Meeting(programs.World):
    """Two peers that meet, in homes that are there."""

    def __init__(self, binaries, homes, cell, patience):
        super().__init__(*binaries)
        self.homes = dict(zip(("waits", "calls"), homes))
        self.cell = cell
        self.patience = patience
        self.ids = {side: self.peer_id(side) for side in self.homes}
        self.peers = {}

    def start(self, side, *arguments):
        home = self.homes[side]
        environment = [f"{name}={value}" for name, value in home.environment.items()]
        self.peers[side] = self.start_peer(
            side, "--server", home.server, "--name", side, "--accept=all", *arguments,
            namespace=home.client, wrapper=("env", *environment))
        return self.peers[side]

    def await_(self, peer, event, deadline, /, **members):
        """When it came, or None."""
        try:
            wanted = peer.await_event(event, max(deadline - time.monotonic(), 0), **members)
        except AssertionError:
            return None
        with peer.changed:
            return peer.came_at[peer.events.index(wanted)]

    def latest(self, event, deadline, /, **members):
        """When it has come at both, or None."""
        times = [self.await_(peer, event, deadline, **members) for peer in self.peers.values()]
        return None if None in times else max(times)

    def run(self, wanted):
        """Until what is wanted is reached, or for as long as patience lasts."""
        cell, deadline = self.cell, time.monotonic() + self.patience
        waits = self.start("waits")
        if self.await_(waits, "registered", deadline) is None:
            return
        calls = self.start("calls", self.ids["waits"])
        called = self.await_(calls, "registered", deadline)
        if called is None:
            return
        cell.registered = True

        def since(moment):
            return None if moment is None else max(moment - called, 0)

        cell.session = since(self.latest("session", deadline))
        if cell.session is None:
            return
        for side, peer in self.peers.items():
            peer.send("hello from " + side)
        cell.connected = since(self.latest("message", deadline))
        if wanted == DIRECT:
            cell.direct = since(self.latest("path", deadline, kind="direct"))
        for side, peer in self.peers.items():
            cell.verdicts[side] = self.await_verdict(peer, deadline)

    def await_verdict(self, peer, deadline):
        """The last word on it, or what comes nearest to one."""
        def said():
            verdicts = peer.select("verdict")
            return (verdicts[-1]["kind"], verdicts[-1]["who"]) if verdicts else None

        def settled():
            verdict = said()
            return verdict if verdict and verdict[0] not in ("trying", "not-connected") else None

        try:
            return peer.await_(settled, "a verdict", max(deadline - time.monotonic(), SETTLE))
        except AssertionError:
            return said()

    def conclude(self):
        for peer in self.peers.values():
            peer.process.kill()
            peer.wait()


class Matrix:
    """The internet, the server, and homes for as many meetings at a time as there are jobs."""

    def __init__(self, binaries, nat, jobs):
        self.binaries = binaries
        self.internet = homes_module.Internet(nat)
        self.building = threading.Lock()
        self.spare = {}  # (kind, side) → homes that nobody is in
        self.world = programs.World(*binaries)
        self.jobs = jobs
        try:
            self._start_server()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.world.__exit__()
        self.internet.close()

    def _start_server(self):
        listen = [word for family in (4, 6) for address in homes_module.SERVER[family]
                  for word in ("--listen", address)]
        server = programs.Program(
            [self.world.knotholed, *listen, "--port", str(SERVER_PORT), "--tcp-port", "443",
             "--state-dir", self.world.path("server")], self.internet.server)
        self.world.running.append(server)
        server.await_line("stderr", "listening")

    def _take(self, name, side):
        with self.building:
            spare = self.spare.setdefault((name, side), queue.SimpleQueue())
            if spare.empty():
                return self.internet.add_home(homes_module.KINDS[name])
            home = spare.get()
        for nat in home.nats:
            nat.tell("rebind")
        return home

    def _take_both(self, cell):
        """Homes that are shared are made anew each time."""
        if cell.waits in homes_module.SHARED:
            with self.building:
                return self.internet.add_shared(*homes_module.SHARED[cell.waits])
        return [self._take(cell.waits, "waits"), self._take(cell.calls, "calls")]

    def _give_back(self, cell, homes):
        if cell.waits in homes_module.SHARED:
            return
        for name, side, home in zip((cell.waits, cell.calls), ("waits", "calls"), homes):
            self.spare[name, side].put(home)

    def meet(self, names, wanted, patience):
        cell = Cell(*names)
        try:
            homes = self._take_both(cell)
            with Meeting(self.binaries, homes, cell, patience) as meeting:
                try:
                    meeting.run(wanted)
                finally:
                    meeting.conclude()
            if any(nat.stats()["is_dead"] for home in homes for nat in home.nats):
                cell.trouble = "a router died of too many mappings"
            self._give_back(cell, homes)
        except Exception as error:  # pylint: disable=broad-except
            cell.trouble = f"{type(error).__name__}: {error}"
        return cell

    def run(self, pairs, wanted, patience, tell):
        """The cells of these pairs, told as they come."""
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            meetings = [pool.submit(self.meet, pair, wanted(*pair), patience) for pair in pairs]
            for meeting in concurrent.futures.as_completed(meetings):
                tell(meeting.result())
            return [meeting.result() for meeting in meetings]


def print_table(cells):
    """Rows wait, columns call."""
    shared = [cell for cell in cells if cell.waits in homes_module.SHARED]
    rows = list(dict.fromkeys(cell.waits for cell in cells if cell not in shared))
    columns = list(dict.fromkeys(cell.calls for cell in cells if cell not in shared))
    found = {(cell.waits, cell.calls): cell.text for cell in cells}
    width = max(len(cell.waits) + 3 for cell in cells)
    if rows:
        print(" " * width, *(f"{number + 1:>6}" for number in range(len(columns))))
    for number, row in enumerate(rows):
        print(f"{number + 1:>2} {row:<{width - 3}}",
              *(f"{found.get((row, column), ''):>6}" for column in columns))
    for cell in shared:
        print(f"{'':>2} {cell.waits:<{width - 3}} {cell.text:>6}")


def print_sums(cells):
    reached = [cell.reached for cell in cells]
    print(f"{len(cells)} pairs: {reached.count(DIRECT)} direct, {reached.count(CONNECTED)} "
          f"through the relay only, {reached.count(NOTHING)} not connected; "
          f"{sum(bool(cell.wrong_verdicts) for cell in cells)} with a wrong verdict")


def is_good(cell, expect):
    wanted = expect(cell.waits, cell.calls)
    return cell.reached >= wanted and not cell.trouble and \
        (wanted == NOTHING or not cell.wrong_verdicts)


def check(tap, cells, expect):
    words = {NOTHING: "nothing is asked for", CONNECTED: "connects, and both say why no better",
             DIRECT: "becomes direct, and both say so"}
    for cell in cells:
        tap.ok(is_good(cell, expect),
               f"{cell.waits} × {cell.calls}: {words[expect(cell.waits, cell.calls)]}",
               f"{cell.text} {cell.wrong_verdicts} {cell.trouble}".strip())


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("knotholed")
    parser.add_argument("term", metavar="knothole-term")
    parser.add_argument("nat")
    parser.add_argument("--kinds", default=",".join(homes_module.KINDS),
                        help="comma-separated; all of " + ", ".join(homes_module.KINDS))
    parser.add_argument("--shared", default=",".join(homes_module.SHARED),
                        help="pairs behind one router, comma-separated, or nothing")
    parser.add_argument("--quick", action="store_true",
                        help="each of a few kinds against itself")
    parser.add_argument("--patience", type=float, default=15, metavar="SECONDS",
                        help="for one pair (15)")
    parser.add_argument("--jobs", type=int, default=4, help="pairs at a time (4)")
    parser.add_argument("--expect", choices=LEVELS, default="none",
                        help="what must hold; the exit status says whether it does")
    parser.add_argument("--tap", action="store_true", help="speak the Test Anything Protocol")
    parser.add_argument("--json", action="store_true", help="one object a pair, instead of tables")
    options = parser.parse_args(arguments)
    options.kinds = [kind for kind in options.kinds.split(",") if kind]
    options.shared = [kind for kind in options.shared.split(",") if kind]
    unknown = (set(options.kinds) - set(homes_module.KINDS) |
               set(options.shared) - set(homes_module.SHARED))
    if unknown:
        parser.error("no such kind: " + ", ".join(sorted(unknown)))
    return options


def choose_pairs(options):
    if options.quick:
        return [(kind, kind) for kind in (*QUICK, *QUICK_SHARED)
                if kind in options.kinds + options.shared]
    shared = [(kind, kind) for kind in options.shared]
    return [(one, other) for one in options.kinds for other in options.kinds] + shared


def main(*arguments):
    options = parse(arguments)
    expect = LEVELS[options.expect]
    quiet = options.tap or options.json

    def wanted(one, other):
        """What is proven impossible is not waited for."""
        return expect_final(one, other)

    def tell(cell):
        if options.json:
            print(json.dumps(dataclasses.asdict(cell)), flush=True)
        elif not quiet:
            print(f"{cell.waits} × {cell.calls}: {cell.text} {cell.wrong_verdicts}{cell.trouble}",
                  file=sys.stderr, flush=True)

    with Matrix((options.knotholed, options.term), options.nat, options.jobs) as matrix:
        cells = matrix.run(choose_pairs(options), wanted, options.patience, tell)
    if not quiet:
        print_table(cells)
        print_sums(cells)
    if options.tap:
        tap = tap_module.Tap()
        check(tap, cells, expect)
        return tap.done()
    return 0 if all(is_good(cell, expect) for cell in cells) else 1


if __name__ == "__main__":
    sys.exit(lab_module.main(main, *sys.argv[1:]))
