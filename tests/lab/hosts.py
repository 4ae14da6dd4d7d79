"""Two hosts joined by one cable, and the real programs on them.

    host a (10.99.0.1, fd99::1) ---- cable ---- host b (10.99.0.2, fd99::2)

The cable is a veth pair, as fast as the machine, or the link emulator (link/main.c), as slow and as
bad as a test wants. The server of a pair of peers runs on host a, so that host b's way to it is the
cable as well: what the cable does to the peers it does to all of it, and a cut is a cut.
"""

import time

import emulator
import lab as lab_module
import programs

NAMES = ("a", "b")
ADDRESS = {"a": "10.99.0.1", "b": "10.99.0.2"}
ADDRESS6 = {"a": "fd99::1", "b": "fd99::2"}
DEVICE = "link0"


class Link(emulator.Emulator):
    """The emulator between two namespaces."""

    def __init__(self, binary, namespaces, *commands, mtu=1500, seed=1):
        super().__init__([binary, "--interface", DEVICE, "--mtu", str(mtu), "--seed", str(seed),
                          *(namespaces[name].path for name in NAMES), *commands])

    def settled(self, packets, side="a"):
        """The counts of a side, once so many packets came and none of them is under way."""
        deadline = time.monotonic() + programs.TIMEOUT
        while True:
            counts = self.stats()[side]
            came = counts["packets_in"] + counts["duplicated"]
            gone = counts["packets_out"] + counts["lost"] + counts["overflowed"]
            if counts["packets_in"] >= packets and came == gone:
                return counts
            if time.monotonic() > deadline:
                raise AssertionError(f"of {packets} packets: {counts}")
            time.sleep(0.005)


class Hosts(lab_module.Site):
    """The two namespaces and their cable. Use as a context manager.

    With the path of the emulator, the cable is one; commands are its first ones.
    """

    def __init__(self, link=None, *commands, mtu=1500, seed=1, ipv6=False):
        self.link = None
        super().__init__()
        with self.building():
            for name in NAMES:
                self.add(name, "host-" + name)
            if link is None:
                self._add_cable(mtu)
            else:
                self.link = Link(link, self.namespaces, *commands, mtu=mtu, seed=seed)
            for name in NAMES:
                self._add_addresses(name, ipv6)

    def close(self):
        if self.link is not None:
            self.link.stop()
            self.link = None
        super().close()

    def _add_cable(self, mtu):
        one, other = (self[name].name for name in NAMES)
        lab_module.run("ip", "link", "add", DEVICE, "mtu", str(mtu), "netns", one, "type", "veth",
                       "peer", "name", DEVICE, "mtu", str(mtu), "netns", other)

    def _add_addresses(self, name, ipv6):
        host = self[name]
        host.ip("address", "add", ADDRESS[name] + "/24", "dev", DEVICE)
        if ipv6:
            host.write_sysctl(f"net/ipv6/conf/{DEVICE}/disable_ipv6", 0)
            host.ip("address", "add", ADDRESS6[name] + "/64", "dev", DEVICE, "nodad")
        host.ip("link", "set", DEVICE, "up")


class Pair(programs.World):
    """Two peers on two hosts, named for their host, "a" and "b"."""

    def __init__(self, hosts, knotholed, term):
        super().__init__(knotholed, term)
        self.hosts = hosts
        self.ids = {name: self.peer_id(name) for name in NAMES}
        self.start_server(ADDRESS["a"], lab_module.SERVER_PORT, hosts["a"])

    def other(self, name):
        return "b" if name == "a" else "a"

    def start(self, name, *arguments, wrapper=()):
        """A peer that takes anybody who calls."""
        return self.start_peer(name, "--server", ADDRESS["a"], "--name", "Host " + name,
                               "--accept=all", *arguments, namespace=self.hosts[name],
                               wrapper=wrapper)

    def start_bench(self, *arguments):
        """b serves and a sends to it. Returns both, as {name: peer}, once they are in a session."""
        peers = {"b": self.start("b", "--bench-serve")}
        peers["b"].await_event("registered")
        peers["a"] = self.start("a", "--bench-to", self.ids["b"], *arguments)
        for peer in peers.values():
            peer.await_event("session")
        return peers
