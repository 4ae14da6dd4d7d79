"""The laboratory: a small internet of network namespaces, and the real programs in it.

                         core (the internet, 198.51.100/24 and 203.0.113/24)
                        /              |                \\
        server (198.51.100.2)   gateway a (203.0.113.2)   gateway b (203.0.113.6)
                                       |                         |
                                client a (192.168.1.10)   client b (192.168.1.11)

Both homes use the same private network, as most homes do. Each gateway is a Linux NAT made of nft
rules, of one of these kinds:

  port-restricted       masquerade, and what was not asked for is dropped
  port-restricted-open  the same, but the gateway answers to the outside itself: a peer's packet
                        that comes too early becomes a flow of the gateway's own
  full-cone             masquerade, and every UDP port is forwarded to the client

Linux keeps the port of the inside on the outside as long as it is free, so the mapping is
endpoint-independent as long as nothing collides.

Everything lives in namespaces named kh<pid>-<name>, which are deleted at exit, and after a kill by
the next run. Nothing touches the network of the host. Needs root, iproute2 and nftables.
"""

import atexit
import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys

CLONE_NEWNET = 0x40000000

NAT_KINDS = ("port-restricted", "port-restricted-open", "full-cone")

SERVER_ADDRESS = "198.51.100.2"
SERVER_PORT = 4430
GATEWAY_ADDRESS = {"a": "203.0.113.2", "b": "203.0.113.6"}
CORE_ADDRESS = {"a": "203.0.113.1", "b": "203.0.113.5"}
CLIENT_ADDRESS = {"a": "192.168.1.10", "b": "192.168.1.11"}
HOMES = ("a", "b")

_libc = ctypes.CDLL(None, use_errno=True)


class Skip(Exception):
    """The laboratory cannot be built here; the message says why."""


def check_possible():
    if os.geteuid() != 0:
        raise Skip("network namespaces need root")
    for program in ("ip", "nft"):
        if shutil.which(program) is None:
            raise Skip(f"{program} is not installed")


def run(*command, stdin=None):
    done = subprocess.run(command, input=stdin, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}\n{stdin or ''}")
    return done.stdout


def setns(path):
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.setns(fd, CLONE_NEWNET) != 0:
            errno = ctypes.get_errno()
            raise OSError(errno, os.strerror(errno), path)
    finally:
        os.close(fd)


class Namespace:
    """One network namespace, with its loopback up."""

    def __init__(self, name):
        self.name = name
        self.path = "/run/netns/" + name
        run("ip", "netns", "add", name)
        # Only what a test sends may move its counters: no router solicitations, no MLD.
        self.write_sysctl("net/ipv6/conf/all/disable_ipv6", 1)
        self.write_sysctl("net/ipv6/conf/default/disable_ipv6", 1)
        self.ip("link", "set", "lo", "up")

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is in the namespace; sockets made in it stay there."""
        home = f"/proc/self/task/{_libc.gettid()}/ns/net"
        back = os.open(home, os.O_RDONLY | os.O_CLOEXEC)
        setns(self.path)
        try:
            yield
        finally:
            setns(f"/proc/self/fd/{back}")
            os.close(back)

    def ip(self, *arguments):
        return run("ip", "-n", self.name, *arguments)

    def nft(self, rules):
        with self.entered():
            run("nft", "-f", "-", stdin=rules)

    def counters(self):
        """The named nft counters: {name: (packets, bytes)}."""
        with self.entered():
            listing = json.loads(run("nft", "-j", "list", "counters"))
        found = [item["counter"] for item in listing["nftables"] if "counter" in item]
        return {counter["name"]: (counter["packets"], counter["bytes"]) for counter in found}

    def write_sysctl(self, key, value):
        with self.entered(), open("/proc/sys/" + key, "w", encoding="ascii") as file:
            file.write(str(value))

    def delete(self):
        subprocess.run(("ip", "netns", "del", self.name), capture_output=True, check=False)


def sweep():
    """Deletes what a killed run left behind."""
    if not os.path.isdir("/run/netns"):
        return
    for name in os.listdir("/run/netns"):
        match = re.fullmatch(r"kh(\d+)-[a-z0-9-]+", name)
        if match and not os.path.exists("/proc/" + match.group(1)):
            subprocess.run(("ip", "netns", "del", name), capture_output=True, check=False)


class Site:
    """Namespaces that are deleted at the end, however that comes. Use as a context manager."""

    def __init__(self):
        check_possible()
        sweep()
        self.namespaces = {}
        atexit.register(self.close)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __getitem__(self, name):
        return self.namespaces[name]

    @contextlib.contextmanager
    def building(self):
        """What fails in here leaves nothing behind."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def add(self, name, title=None):
        """A namespace, kept as name."""
        self.namespaces[name] = Namespace(f"kh{os.getpid()}-{title or name}")
        return self.namespaces[name]

    def close(self):
        for namespace in self.namespaces.values():
            namespace.delete()
        self.namespaces = {}
        atexit.unregister(self.close)


class Lab(Site):
    """The server's network and two homes. Use as a context manager."""

    def __init__(self, nat_a="port-restricted", nat_b="port-restricted"):
        super().__init__()
        with self.building():
            for name in ("core", "server", "gateway-a", "client-a", "gateway-b", "client-b"):
                self.add(name)
            self._build_core()
            self._build_home("a", nat_a)
            self._build_home("b", nat_b)

    def _link(self, one, one_name, one_address, other, other_name, other_address):
        """A cable between two namespaces; both ends are born there, never on the host."""
        run("ip", "link", "add", one_name, "netns", self[one].name, "type", "veth",
            "peer", "name", other_name, "netns", self[other].name)
        for where, name, address in ((one, one_name, one_address),
                                     (other, other_name, other_address)):
            self[where].ip("address", "add", address, "dev", name)
            self[where].ip("link", "set", name, "up")

    def _build_core(self):
        core = self["core"]
        core.write_sysctl("net/ipv4/ip_forward", 1)
        self._link("core", "server", "198.51.100.1/24", "server", "wan", SERVER_ADDRESS + "/24")
        self["server"].ip("route", "add", "default", "via", "198.51.100.1")
        # The counters come before the loss: they show what was sent, not what got through.
        core.nft("""
            table inet core {
                counter a_to_b { }
                counter b_to_a { }
                chain forward {
                    type filter hook forward priority 0; policy accept;
                    # From home to home it is eight hops, as in the world: a packet with a short
                    # hop limit opens its own NAT and never reaches the other one.
                    iifname "home-a" oifname "home-b" ip ttl < 8 drop
                    iifname "home-b" oifname "home-a" ip ttl < 8 drop
                    iifname "home-a" oifname "home-b" counter name "a_to_b"
                    iifname "home-b" oifname "home-a" counter name "b_to_a"
                    jump loss
                }
                chain loss { }
            }""")
        self["server"].nft("""
            table inet server {
                counter to_server { }
                counter from_server { }
                chain input { type filter hook input priority 0; counter name "to_server"; }
                chain output { type filter hook output priority 0; counter name "from_server"; }
            }""")

    def _build_home(self, home, nat):
        gateway = self["gateway-" + home]
        self._link("core", "home-" + home, CORE_ADDRESS[home] + "/30",
                   "gateway-" + home, "wan", GATEWAY_ADDRESS[home] + "/30")
        self._link("gateway-" + home, "lan", "192.168.1.1/24",
                   "client-" + home, "eth0", CLIENT_ADDRESS[home] + "/24")
        gateway.ip("route", "add", "default", "via", CORE_ADDRESS[home])
        self["client-" + home].ip("route", "add", "default", "via", "192.168.1.1")
        gateway.write_sysctl("net/ipv4/ip_forward", 1)
        self.set_nat(home, nat)

    def set_nat(self, home, kind):
        """Makes a gateway a NAT of another kind; flows that it knows go on."""
        if kind not in NAT_KINDS:
            raise ValueError(f"no such NAT: {kind}")
        client = CLIENT_ADDRESS[home]
        forward_all = f'iifname "wan" meta l4proto udp dnat ip to {client}'
        self["gateway-" + home].nft(f"""
            table ip nat
            delete table ip nat
            table ip nat {{
                chain prerouting {{
                    type nat hook prerouting priority dstnat;
                    {forward_all if kind == "full-cone" else ""}
                }}
                chain postrouting {{
                    type nat hook postrouting priority srcnat;
                    oifname "wan" masquerade
                }}
            }}
            table ip filter
            delete table ip filter
            table ip filter {{
                chain input {{
                    type filter hook input priority 0; policy accept;
                    iifname "wan" ct state established,related accept
                    {'' if kind == "port-restricted-open" else 'iifname "wan" drop'}
                }}
                chain forward {{
                    type filter hook forward priority 0; policy accept;
                    iifname "wan" ct state established,related accept
                    iifname "wan" ct status dnat accept
                    iifname "wan" drop
                }}
            }}""")

    def set_loss(self, percent):
        """Every packet that crosses the internet is dropped with this probability."""
        rules = "flush chain inet core loss\n"
        if percent:
            rules += f"add rule inet core loss numgen random mod 100 < {int(percent)} drop\n"
        self["core"].nft(rules)


def main(test, *arguments):
    """Runs test (*arguments), or says that all is skipped where the laboratory cannot be.

    In TAP that is the plan alone: an exit status that is not 0 is a failure to whoever reads it."""
    # A kill by the test's driver still runs the clean-up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        check_possible()
    except Skip as skip:
        print(f"1..0 # SKIP {skip}")
        return 0
    return test(*arguments)
