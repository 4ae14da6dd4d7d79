#!/usr/bin/env python3
"""knotholed is a STUN server that the tools of others believe (RFC 8489, 5780, and 3489 for the old
ones): what they find out from it about a network is what the network was told to be.

usage: test-stun.py KNOTHOLED NAT
"""

import sys

import homes as homes_module
import lab as lab_module
import programs
import stun_tools
import tap as tap_module


def start_knotholed(internet, world):
    listen = [word for address in homes_module.SERVER[4] + homes_module.SERVER[6][:1]
              for word in ("--listen", address)]
    server = programs.Program(
        [world.knotholed, *listen, "--port", str(stun_tools.PORT),
         "--state-dir", world.path("server")], internet.server)
    world.running.append(server)
    server.await_line("stderr", "listening")


def test_binding(tap, internet):
    """The plain question, with no NAT before it and with one, over IPv6 too."""
    bare = internet.add_home(homes_module.Kind())
    nat = internet.add_home(homes_module.Kind(("kind full-cone",), families=(4, 6)))
    for home, family, address in ((bare, 4, bare.address), (nat, 4, nat.address),
                                  (nat, 6, nat.address6)):
        tool = stun_tools.start(internet, home, "turnutils_stunclient", "-p",
                                str(stun_tools.PORT), homes_module.SERVER[family][0])
        # Behind a NAT it goes on to wait for an answer at a port that is mapped nowhere.
        tool.await_line("stdout", "reflexive addr")
        if home is bare:
            tap.equal(tool.wait(), 0, "turnutils_stunclient comes to its end")
        else:
            tool.process.kill()
            tool.wait()
        seen = [line for line in tool.lines["stdout"] if "reflexive addr" in line]
        tap.ok(all(address in line for line in seen),
               f"over IPv{family} it learns its address", " ".join(seen))


def main(knotholed, nat):
    missing = stun_tools.missing("turnutils_stunclient")
    if missing:
        print(f"1..0 # SKIP {' and '.join(missing)} not installed")
        return 0
    tap = tap_module.Tap()
    with homes_module.Internet(nat) as internet, programs.World(knotholed, None) as world:
        start_knotholed(internet, world)
        tap.run("test_binding", test_binding, internet)
        tap.run("stun_tools.check_all", stun_tools.check_all, internet)
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main, *sys.argv[1:]))
