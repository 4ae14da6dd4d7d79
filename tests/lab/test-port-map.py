#!/usr/bin/env python3
"""Port mapping against a real gateway: Debian's miniupnpd, by PCP, NAT-PMP and UPnP.

usage: test-port-map.py PORT-MAP [UPNP: yes or no]

    outside (11.0.0.1) -- wan, gateway, lan (192.168.1.1, fe80::1) -- client (192.168.1.10)

miniupnpd serves only external addresses that are not set aside for anything, so these namespaces
use one of the others: nothing leaves them.
"""

import os
import shutil
import socket
import sys
import tempfile

import lab as lab_module
import programs
import tap as tap_module

OUTSIDE, WAN = "11.0.0.1", "11.0.0.2"
OUTSIDE6, WAN6 = "2001:db8:2::1", "2001:db8:2::2"
GATEWAY, CLIENT = "192.168.1.1", "192.168.1.10"
GATEWAY6, CLIENT6 = "fe80::1", "2001:db8:1::10"
PORT = 40000

CONFIG = """
ext_ifname=wan
ext_ifname6=wan
ext_ip={ext_ip}
listening_ip=lan
enable_natpmp={natpmp}
enable_upnp={upnp}
secure_mode=yes
system_uptime=no
lease_file={folder}/leases
uuid=00000000-0000-0000-0000-000000000001
allow 1024-65535 192.168.1.0/24 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
"""

# As miniupnpd's own nft_init.sh makes them. @first says what PCP's requests meet.
RULES = """
table inet filter {{
    chain input {{
        type filter hook input priority 0; policy accept;
        {first}
    }}
    chain forward {{
        type filter hook forward priority 0; policy accept;
        ct state established,related accept
        jump miniupnpd
        iifname "wan" drop
    }}
    chain miniupnpd {{ }}
    chain prerouting {{
        type nat hook prerouting priority -100; policy accept;
        jump prerouting_miniupnpd
    }}
    chain postrouting {{
        type nat hook postrouting priority 100; policy accept;
        jump postrouting_miniupnpd
        meta nfproto ipv4 oifname "wan" masquerade
    }}
    chain prerouting_miniupnpd {{ }}
    chain postrouting_miniupnpd {{ }}
}}
"""

# The first byte behind the UDP header is the version.
NO_PCP = "udp dport 5351 @th,64,8 2 drop"
NOTHING = "udp dport 5351 drop"


class Home:
    """A gateway with miniupnpd, a client behind it and a host outside."""

    def __init__(self, natpmp="yes", upnp="no", first="", ext_ip=WAN):
        self.namespaces = {}
        self.folder = tempfile.mkdtemp(prefix="kh-port-map-")
        self.daemon = self.monitor = None
        try:
            for name in ("outside", "gateway", "client"):
                self.namespaces[name] = lab_module.Namespace(f"kh{os.getpid()}-{name}")
                for which in ("all", "default"):
                    self[name].write_sysctl(f"net/ipv6/conf/{which}/disable_ipv6", 0)
                    # An address is usable at once, not when nobody was found to have it.
                    self[name].write_sysctl(f"net/ipv6/conf/{which}/accept_dad", 0)
            self._build()
            self["gateway"].nft(RULES.format(first=first))
            self.monitor = programs.Program(["nft", "monitor", "rules"], self["gateway"])
            self._start(natpmp, upnp, ext_ip)
        except BaseException:
            self.close()
            raise

    def __getitem__(self, name):
        return self.namespaces[name]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for program in (self.daemon, self.monitor):
            if program is not None:
                program.process.kill()
                program.process.wait()
        for namespace in self.namespaces.values():
            namespace.delete()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _link(self, one, one_name, one_addresses, other, other_name, other_addresses):
        lab_module.run("ip", "link", "add", one_name, "netns", self[one].name, "type", "veth",
                       "peer", "name", other_name, "netns", self[other].name)
        for where, name, addresses in ((one, one_name, one_addresses),
                                       (other, other_name, other_addresses)):
            self[where].ip("link", "set", name, "up")
            for address in addresses:
                self[where].ip("address", "add", address, "dev", name)

    def _build(self):
        self._link("outside", "eth0", (OUTSIDE + "/24", OUTSIDE6 + "/64"),
                   "gateway", "wan", (WAN + "/24", WAN6 + "/64"))
        self._link("gateway", "lan", (GATEWAY + "/24", GATEWAY6 + "/64", "2001:db8:1::1/64"),
                   "client", "eth0", (CLIENT + "/24", CLIENT6 + "/64"))
        self["gateway"].write_sysctl("net/ipv4/ip_forward", 1)
        self["gateway"].write_sysctl("net/ipv6/conf/all/forwarding", 1)
        self["outside"].ip("route", "add", "2001:db8:1::/64", "via", WAN6)
        self["client"].ip("route", "add", "default", "via", GATEWAY)
        self["client"].ip("-6", "route", "add", "default", "via", GATEWAY6, "dev", "eth0")

    def _start(self, natpmp, upnp, ext_ip):
        config = os.path.join(self.folder, "config")
        with open(config, "w", encoding="ascii") as file:
            file.write(CONFIG.format(natpmp=natpmp, upnp=upnp, ext_ip=ext_ip, folder=self.folder))
        self.daemon = programs.Program(
            ["miniupnpd", "-d", "-f", config, "-P", os.path.join(self.folder, "pid")],
            self["gateway"])
        # Bound, and so nothing that is sent from now on is lost.
        port = "1900" if upnp == "yes" else "5351"
        self.daemon.await_(lambda: self._is_bound(port) or None, f"miniupnpd at port {port}")

    def _is_bound(self, port):
        with self["gateway"].entered():
            return port in lab_module.run("ss", "-Hlun")

    def client(self, binary, *arguments):
        return programs.Program([binary, str(PORT), *arguments], self["client"])

    def send(self, where, external, text):
        address, port = external.rsplit(":", 1)
        family = socket.AF_INET6 if address.startswith("[") else socket.AF_INET
        with self[where].entered(), socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.sendto(text.encode(), (address.strip("[]"), int(port)))

    def knock(self, client, external, text):
        """A datagram from outside, that has to arrive at the client."""
        self.send("outside", external, text)
        return client.await_line("stdout", "received ")

    def rules(self):
        with self["gateway"].entered():
            return lab_module.run("nft", "list", "ruleset")


def mapped(client, protocol, family="ipv4"):
    """The external address and its kind, as soon as there is one."""
    def find():
        for line in client.lines["stdout"]:
            if line.startswith(f"mapped {protocol} ") and \
                    line.split()[2].startswith("[") == (family == "ipv6"):
                return line.split()[2:4]
        return None
    return client.await_(find, f"a mapping by {protocol}")


def finish(tap, home, client, name):
    """Gives the mapping back: the gateway then has none."""
    home.monitor.await_line("stdout", f"{PORT}")
    client.process.stdin.close()
    tap.equal(client.process.wait(programs.TIMEOUT), 0, f"{name}: the client ends well")
    home.monitor.await_(lambda: True if str(PORT) not in home.rules() else None,
                        f"{name}: an end of the mapping")
    tap.ok(True, f"{name}: the gateway has nothing left")


def test_pcp(tap, binary):
    with Home() as home:
        client = home.client(binary)
        external, kind = mapped(client, "PCP")
        tap.equal((external, kind), (f"{WAN}:{PORT}", "global"), "PCP: mapped, the port kept")
        tap.ok("received by PCP" in home.knock(client, external, "by PCP"),
               "PCP: what comes from outside arrives")
        tap.ok(f"from {OUTSIDE}:" in client.lines["stdout"][-1], "PCP: from where it was sent")
        pinhole, kind = mapped(client, "PCP", "ipv6")
        tap.equal((pinhole, kind), (f"[{CLIENT6}]:{PORT}", "global"),
                  "PCP: a pinhole over IPv6, with the right source to a link-local gateway")
        client.lines["stdout"].clear()
        tap.ok("received through" in home.knock(client, pinhole, "through"),
               "PCP: what comes from outside arrives over IPv6")
        finish(tap, home, client, "PCP")


def test_nat_pmp(tap, binary):
    with Home(first=NO_PCP) as home:
        client = home.client(binary)
        external, kind = mapped(client, "NAT-PMP")
        tap.equal((external, kind), (f"{WAN}:{PORT}", "global"), "NAT-PMP: mapped, the port kept")
        tap.ok("received by NAT-PMP" in home.knock(client, external, "by NAT-PMP"),
               "NAT-PMP: what comes from outside arrives")
        finish(tap, home, client, "NAT-PMP")


def test_taken(tap, binary):
    """Another host of the home has the port already: another one is given."""
    with Home() as home:
        home["client"].ip("address", "add", "192.168.1.11/24", "dev", "eth0")
        with home["client"].entered():
            other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            other.bind(("192.168.1.11", 0))
        other.settimeout(programs.TIMEOUT)
        # NAT-PMP: UDP, inside and outside PORT, for 3600 s
        other.sendto(bytes([0, 1, 0, 0, *PORT.to_bytes(2, "big") * 2, 0, 0, 14, 16]),
                     (GATEWAY, 5351))
        tap.equal(other.recv(64)[:4], bytes([0, 129, 0, 0]), "taken: another host has the port")
        client = home.client(binary)
        external, _ = mapped(client, "PCP")
        tap.ok(external.startswith(WAN + ":") and not external.endswith(f":{PORT}"),
               "taken: another port is given", external)
        tap.ok("received elsewhere" in home.knock(client, external, "elsewhere"),
               "taken: and works")
        other.close()
        client.process.stdin.close()
        client.process.wait(programs.TIMEOUT)


def test_none(tap, binary):
    with Home(first=NOTHING) as home:
        client = home.client(binary)
        for family in ("IPv4", "IPv6"):
            client.await_line("stdout", f"failed {family.lower()} no-answer")
            tap.ok(True, f"none: {family} says that nobody answers")
        # What the other tests let in is kept out here, and what comes behind it is not.
        for external in (f"{WAN}:{PORT}", f"[{CLIENT6}]:{PORT}"):
            home.send("outside", external, "from outside")
        home.send("gateway", f"{CLIENT}:{PORT}", "from inside")
        tap.ok("received from inside" in client.await_line("stdout", "received "),
               "none: what comes from outside is kept out")
        client.process.stdin.close()
        tap.equal(client.process.wait(programs.TIMEOUT), 0, "none: the client ends well")


def test_upnp(tap, binary):
    with Home(natpmp="no", upnp="yes") as home:
        client = home.client(binary, "upnp")
        external, kind = mapped(client, "UPnP")
        tap.equal((external, kind), (f"{WAN}:{PORT}", "global"), "UPnP: mapped, the port kept")
        client.await_line("stdout", "lease 3600")
        tap.ok(True, "UPnP: for an hour")
        tap.ok("received by UPnP" in home.knock(client, external, "by UPnP"),
               "UPnP: what comes from outside arrives")
        client.lines["stdout"].clear()
        client.process.stdin.write(b"renew\n")
        client.process.stdin.flush()
        tap.equal(mapped(client, "UPnP"), [external, kind], "UPnP: renewed, as it was")
        finish(tap, home, client, "UPnP")
    with Home() as home:
        client = home.client(binary, "upnp")
        client.await_line("stdout", "failed upnp")
        tap.ok(True, "UPnP: where the gateway has none, that is said")
        client.process.stdin.close()
        client.process.wait(programs.TIMEOUT)


def main(binary, upnp):
    if shutil.which("miniupnpd") is None:
        print("1..0 # SKIP miniupnpd is not installed")
        return 0
    lab_module.sweep()
    tap = tap_module.Tap()
    tests = [("PCP", test_pcp), ("NAT-PMP", test_nat_pmp), ("taken", test_taken),
             ("none", test_none)]
    if upnp == "yes":
        tests.append(("UPnP", test_upnp))
    for name, test in tests:
        tap.run(name, test, binary)
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main, *sys.argv[1:]))
