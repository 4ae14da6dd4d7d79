"""The laboratory's larger internet: a server of two addresses in both families, and homes of every
kind around one core.

                               core (the internet)
               /            |              |                  \\
      server            client      NAT ---- client      NAT ---- provider ---- NAT ---- client
      198.51.100.2, .3   (open)     (a home router)       (a carrier's, and a home router behind it)
      2001:db8::2, ::3

Home number N has 203.0.N.0/24 (its router 203.0.N.2) and 2001:db8:N::/64. The routers are the
user-space NAT (nat/main.c), which the programs behind it cannot tell from a real one, or Linux with
nft and miniupnpd. Between two homes it is eight hops, as in the world: a packet with a short hop
limit opens its own NAT and never reaches the other one.
"""

import dataclasses
import os
import tempfile

import emulator
import lab as lab_module
import programs

SERVER = {4: ("198.51.100.2", "198.51.100.3"), 6: ("2001:db8::2", "2001:db8::3")}
CLIENT_ADDRESS = "192.168.1.10"
ROUTER_ADDRESS = "192.168.1.1"
PROXY_PORT = 3128
UPNP = ("upnp", "all")


@dataclasses.dataclass(frozen=True)
class Kind:
    """What a home's network is like."""

    nat: tuple = ()        # commands of its router; none: there is no router
    carrier: tuple = ()    # commands of the provider's NAT in front of it
    families: tuple = (4,)
    port_mapping: str = ""  # a Linux router whose miniupnpd speaks only this, or "all"
    proxy: bool = False    # nothing but an HTTP CONNECT proxy


KINDS = {
    "open": Kind(),
    "full-cone": Kind(("kind full-cone",)),
    "restricted": Kind(("kind restricted",)),
    "port-restricted": Kind(("kind port-restricted",)),
    "masquerade": Kind(("kind masquerade",)),
    "masquerade-open": Kind(("kind masquerade-open",)),
    "symmetric": Kind(("kind symmetric",)),
    "sequential-1": Kind(("kind symmetric-sequential",)),
    "sequential-2": Kind(("kind symmetric-sequential-2",)),
    "sequential-busy": Kind(("kind symmetric-sequential-busy",)),
    "carrier-cone": Kind(("kind port-restricted",), ("kind full-cone", "hairpin on")),
    "carrier-symmetric": Kind(("kind port-restricted",), ("kind symmetric",)),
    "short-lived": Kind(("kind short-lived",)),
    "fragile": Kind(("kind fragile",)),
    "fragile-symmetric": Kind(("kind fragile-symmetric",)),
    "udp-blocked": Kind(("kind udp-blocked",)),
    "only-tcp-443": Kind(("kind only-tcp-443",)),
    "ipv6-firewall": Kind(("kind symmetric",), families=(4, 6)),
    "ipv6-only": Kind(("kind symmetric",), families=(6,)),
    "upnp": Kind(port_mapping="upnp"),
    "nat-pmp": Kind(port_mapping="nat-pmp"),
    "pcp": Kind(port_mapping="pcp"),
    "proxy": Kind(proxy=True),
}

# Two people in one home, or behind one carrier: the router's commands, and whether the two are in
# one LAN or each in a home of their own.
SHARED = {
    "same-nat": (("kind port-restricted",), True),
    "same-nat-hairpin": (("kind port-restricted", "hairpin on"), True),
    "same-carrier": (("kind port-restricted",), False),
    "same-carrier-hairpin": (("kind port-restricted", "hairpin on"), False),
}


class Nat(emulator.Emulator):
    """A router between two namespaces."""

    def __init__(self, binary, outside, inside, *commands, outer_device, outer_address,
                 inner_device="eth0", inner_address=ROUTER_ADDRESS, seed=1):
        super().__init__([binary, "--outer-device", outer_device, "--outer-address", outer_address,
                          "--inner-device", inner_device, "--inner-address", inner_address,
                          "--seed", str(seed), outside.path, inside.path, *commands])


class Home:
    """One place where somebody is: the namespace of their computer, and the routers before it."""

    def __init__(self, number, families):
        self.number = number
        self.families = families
        self.client = None
        self.nats = []       # the outermost first
        self.address = f"203.0.{number}.2"
        self.address6 = f"2001:db8:{number}::10"
        self.environment = {}
        self.gateway = None  # the namespace of a router that maps ports, and its daemon
        self.router = None

    @property
    def server(self):
        """The server as this home can reach it."""
        return SERVER[self.families[0]][0]


class Internet(lab_module.Site):
    """The core, the server's namespace, and homes as they are added. Use as a context manager."""

    def __init__(self, nat_binary):
        self.nat_binary = nat_binary
        self.running = []
        self.n_homes = 0
        self.folder = tempfile.TemporaryDirectory(prefix="knothole-homes-")
        super().__init__()
        with self.building():
            self.core = self.namespace("core", ipv6=True)
            self.server = self.namespace("server", ipv6=True)
            self._build_core()

    def close(self):
        for program in self.running:
            if program.process.poll() is None:
                program.process.kill()
            program.wait()
        self.running = []
        super().close()
        self.folder.cleanup()

    def namespace(self, name, ipv6=False):
        made = self.add(name)
        if ipv6:
            for where in ("all", "default"):
                made.write_sysctl(f"net/ipv6/conf/{where}/disable_ipv6", 0)
                made.write_sysctl(f"net/ipv6/conf/{where}/router_solicitations", 0)
                # No address is looked for at others, which takes a second or two.
                made.write_sysctl(f"net/ipv6/conf/{where}/accept_dad", 0)
        return made

    def cable(self, one, one_name, other, other_name):
        lab_module.run("ip", "link", "add", one_name, "netns", one.name, "type", "veth",
                       "peer", "name", other_name, "netns", other.name)
        one.ip("link", "set", one_name, "up")
        other.ip("link", "set", other_name, "up")

    def start(self, *arguments, **options):
        nat = Nat(self.nat_binary, *arguments, seed=len(self.running) + 1, **options)
        self.running.append(nat)
        return nat

    def _build_core(self):
        self.core.write_sysctl("net/ipv4/ip_forward", 1)
        self.core.write_sysctl("net/ipv6/conf/all/forwarding", 1)
        self.cable(self.core, "server", self.server, "wan")
        self.core.ip("address", "add", "198.51.100.1/24", "dev", "server")
        self.core.ip("address", "add", "2001:db8::1/64", "dev", "server", "nodad")
        for address in SERVER[4]:
            self.server.ip("address", "add", address + "/24", "dev", "wan")
        for address in SERVER[6]:
            self.server.ip("address", "add", address + "/64", "dev", "wan", "nodad")
        self.server.ip("route", "add", "default", "via", "198.51.100.1")
        self.server.ip("-6", "route", "add", "default", "via", "2001:db8::1")
        self.core.nft("""
            table inet core {
                chain forward {
                    type filter hook forward priority 0; policy accept;
                    iifname "home-*" oifname "home-*" ip ttl < 8 drop
                    iifname "home-*" oifname "home-*" ip6 hoplimit < 8 drop
                }
            }""")

    def add_home(self, kind):
        """A home of this kind, with a number of its own."""
        self.n_homes += 1
        home = Home(self.n_homes, kind.families)
        home.client = self.namespace(f"client-{home.number}", ipv6=6 in kind.families)
        if kind.nat:
            self._build_nat(home, kind)
        elif kind.port_mapping:
            self._build_linux(home, kind.port_mapping)
        elif kind.proxy:
            self._build_proxy(home)
        else:
            self._build_open(home)
        return home

    def move(self, home, kind):
        """Pulls the cable of a home behind a NAT, and plugs its computer in at a new one."""
        for nat in home.nats:
            nat.process.kill()
            nat.wait()
            self.running.remove(nat)
        self.n_homes += 1
        moved = Home(self.n_homes, kind.families)
        moved.client = home.client
        self._build_nat(moved, kind)
        return moved

    def add_shared(self, commands, one_lan):
        """Two homes behind one router."""
        self.n_homes += 1
        number = self.n_homes
        inside = self.namespace(f"inside-{number}")
        inside.write_sysctl("net/ipv4/ip_forward", 1)
        inner = ROUTER_ADDRESS if one_lan else "100.64.0.1"
        nat = self.start(self.core, inside, *commands, outer_device=f"home-{number}",
                         outer_address=f"203.0.{number}.2", inner_device="nat-in",
                         inner_address=inner)
        self._route_home(number)
        inside.ip("route", "add", "default", "dev", "nat-in")
        add = self._add_to_lan if one_lan else self._add_behind_carrier
        homes = [add(inside, number, index) for index in (0, 1)]
        for home in homes:
            home.nats.insert(0, nat)
        return homes

    def _add_to_lan(self, inside, number, index):
        home = Home(number, (4,))
        home.client = self.namespace(f"client-{number}-{index}")
        if index == 0:
            inside.ip("link", "add", "lan", "type", "bridge")
            inside.ip("address", "add", ROUTER_ADDRESS + "/24", "dev", "lan")
            inside.ip("link", "set", "lan", "up")
        self.cable(inside, f"lan-{index}", home.client, "eth0")
        inside.ip("link", "set", f"lan-{index}", "master", "lan")
        home.client.ip("address", "add", f"192.168.1.{10 + index}/24", "dev", "eth0")
        home.client.ip("route", "add", "default", "via", ROUTER_ADDRESS)
        return home

    def _add_behind_carrier(self, inside, number, index):
        home = Home(number, (4,))
        home.client = self.namespace(f"client-{number}-{index}")
        address = f"100.64.{index + 1}.2"
        home.nats.append(self.start(inside, home.client, "kind port-restricted",
                                    outer_device=f"home-{index}", outer_address=address))
        inside.ip("route", "add", address, "dev", f"home-{index}")
        self._address_client(home)
        return home

    def _route_home(self, number, families=(4,)):
        """What is for the home goes into the device of its router."""
        device = f"home-{number}"
        if 4 in families:
            self.core.ip("address", "add", f"203.0.{number}.1/24", "dev", device)
        if 6 in families:
            self.core.ip("-6", "route", "add", f"2001:db8:{number}::/64", "dev", device)

    def _address_client(self, home):
        client = home.client
        if 4 in home.families:
            client.ip("address", "add", CLIENT_ADDRESS + "/24", "dev", "eth0")
            client.ip("route", "add", "default", "dev", "eth0")
        if 6 in home.families:
            client.ip("address", "add", home.address6 + "/64", "dev", "eth0", "nodad")
            client.ip("-6", "route", "add", "default", "dev", "eth0")

    def _build_nat(self, home, kind):
        outside, device, address = self.core, f"home-{home.number}", home.address
        if kind.carrier:
            provider = self.namespace(f"provider-{home.number}")
            provider.write_sysctl("net/ipv4/ip_forward", 1)
            home.nats.append(self.start(self.core, provider, *kind.carrier, outer_device=device,
                                        outer_address=address, inner_device="nat-in",
                                        inner_address="100.64.0.1"))
            provider.ip("route", "add", "default", "dev", "nat-in")
            outside, device, address = provider, "home", "100.64.0.2"
        carried = tuple(f"ipv{family} off" for family in (4, 6) if family not in kind.families)
        home.nats.append(self.start(outside, home.client, *kind.nat, *carried, outer_device=device,
                                    outer_address=address))
        if kind.carrier:
            outside.ip("route", "add", address, "dev", device)
        self._route_home(home.number, kind.families)
        self._address_client(home)

    def _build_open(self, home):
        device = f"home-{home.number}"
        self.cable(self.core, device, home.client, "eth0")
        self._route_home(home.number)
        home.client.ip("address", "add", home.address + "/24", "dev", "eth0")
        home.client.ip("route", "add", "default", "via", f"203.0.{home.number}.1")

    def _build_gateway(self, home):
        """A Linux machine between the core and the client, which forwards nothing yet."""
        gateway = self.namespace(f"gateway-{home.number}")
        self.cable(self.core, f"home-{home.number}", gateway, "wan")
        self._route_home(home.number)
        gateway.ip("address", "add", home.address + "/24", "dev", "wan")
        gateway.ip("route", "add", "default", "via", f"203.0.{home.number}.1")
        self.cable(gateway, "lan", home.client, "eth0")
        gateway.ip("address", "add", ROUTER_ADDRESS + "/24", "dev", "lan")
        home.client.ip("address", "add", CLIENT_ADDRESS + "/24", "dev", "eth0")
        return gateway

    def _build_linux(self, home, protocol):
        """Masquerade with random ports: nothing but the port mapping makes it reachable."""
        gateway = self._build_gateway(home)
        gateway.write_sysctl("net/ipv4/ip_forward", 1)
        home.client.ip("route", "add", "default", "via", ROUTER_ADDRESS)
        rules = """
            table inet filter {
                chain forward {
                    type filter hook forward priority 0; policy drop;
                    ct state established,related accept
                    iifname "lan" accept
                    jump miniupnpd
                }
                chain input {
                    type filter hook input priority 0; policy accept;
                    iifname "wan" ct state new drop
                    %s
                }
                chain miniupnpd { }
                chain prerouting {
                    type nat hook prerouting priority dstnat;
                    jump prerouting_miniupnpd
                }
                chain postrouting {
                    type nat hook postrouting priority srcnat;
                    jump postrouting_miniupnpd
                    oifname "wan" masquerade fully-random
                }
                chain prerouting_miniupnpd { }
                chain postrouting_miniupnpd { }
            }"""
        # One daemon speaks both; the first byte is the version: 0 of NAT-PMP, 2 of PCP.
        other = {"nat-pmp": 2, "pcp": 0}.get(protocol)
        gateway.nft(rules % ("" if other is None else
                             f'iifname "lan" udp dport 5351 @th,64,8 {other} drop'))
        home.gateway = gateway
        self._start_miniupnpd(home, protocol)

    def restart_router(self, home, protocol):
        """It forgets what it has mapped; flows that there are go on."""
        home.router.process.kill()
        home.router.wait()
        self.running.remove(home.router)
        for chain in ("miniupnpd", "prerouting_miniupnpd", "postrouting_miniupnpd"):
            home.gateway.nft(f"flush chain inet filter {chain}")
        self._start_miniupnpd(home, protocol)

    def _start_miniupnpd(self, home, protocol):
        path = os.path.join(self.folder.name, f"miniupnpd-{home.number}.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"""\
ext_ifname=wan
ext_ip={home.address}
listening_ip=lan
port={'5000' if protocol in UPNP else '0'}
enable_upnp={'yes' if protocol in UPNP else 'no'}
enable_natpmp={'no' if protocol == 'upnp' else 'yes'}
secure_mode=yes
uuid=00000000-0000-4000-8000-{home.number:012d}
upnp_forward_chain=miniupnpd
upnp_nat_chain=prerouting_miniupnpd
upnp_nat_postrouting_chain=postrouting_miniupnpd
allow 1024-65535 192.168.1.0/24 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
""")
        daemon = programs.Program(["miniupnpd", "-d", "-f", path, "-P", path + ".pid"],
                                  home.gateway)
        self.running.append(daemon)
        home.router = daemon
        daemon.await_line("stderr", "http listening" if protocol in UPNP else "nat-pmp")

    def _build_proxy(self, home):
        gateway = self._build_gateway(home)
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "proxy.py")
        proxy = programs.Program(["python3", path, ROUTER_ADDRESS, str(PROXY_PORT)], gateway)
        self.running.append(proxy)
        proxy.await_line("stdout", "ready")
        address = f"http://{ROUTER_ADDRESS}:{PROXY_PORT}"
        home.environment = {name: address for name in ("http_proxy", "https_proxy", "all_proxy")}
