"""What the tools of others find out about a network from a STUN server: coturn's
turnutils_natdiscovery, and stun-client. Their words are compared with what the NAT was told to be.
"""

import itertools
import shutil

import homes as homes_module
import programs

PORT, SECOND_PORT = 3478, 3479
CLIENT_PORT = 41000
DEPENDENCE = {"endpoint": "Endpoint Independent", "address": "Address Dependent",
              "port": "Address and Port Dependent"}
FILTER = {"endpoint": "Independent Filter", "address": "Address Dependent Filter",
          "port": "Port Dependent Filter"}


def missing(*more):
    """Which of the programs are not installed."""
    return [program for program in ("turnutils_natdiscovery", "stun", "stdbuf", *more)
            if shutil.which(program) is None]


def start(internet, home, *command):
    tool = programs.Program(["stdbuf", "-oL", *command], home.client)
    internet.running.append(tool)
    return tool


def discover(internet, home):
    """Starts both tools; they take most of their time to wait for what never comes."""
    address = homes_module.SERVER[4][0]
    return (start(internet, home, "turnutils_natdiscovery", "-m", "-f", "-H",
                  "-L", homes_module.CLIENT_ADDRESS, "-l", str(CLIENT_PORT),
                  "-p", str(PORT), address),
            start(internet, home, "stun", address))


def check(tap, name, tools, mapping, filtering, hairpin):
    for tool in tools:
        tool.wait()
    ours = [line for line in tools[0].lines["stdout"] if line.startswith("NAT with")]
    tap.equal(ours[-2:], [f"NAT with {DEPENDENCE[mapping]} Mapping!",
                          f"NAT with {DEPENDENCE[filtering]} Filtering!"],
              f"{name}: turnutils_natdiscovery finds mapping and filtering")
    said = next(line for line in tools[1].lines["stdout"] + tools[1].lines["stderr"]
                if line.startswith("Primary"))
    wanted = "Independent Mapping, " + FILTER[filtering] if mapping == "endpoint" \
        else "Dependent Mapping"
    tap.ok(said.startswith("Primary: " + wanted), f"{name}: stun-client agrees", said)
    tap.ok(("will hairpin" if hairpin else "no hairpin") in said,
           f"{name}: and finds that it {'hairpins' if hairpin else 'does not hairpin'}")


def check_all(tap, internet):
    """Every mapping with every filtering, all at once. The server is there."""
    cases = []
    # They look for themselves from a socket that has another mapping toward itself, unless
    # mappings are independent; then the filter keeps that out.
    for (mapping, filtering), hairpin in zip(
            itertools.product(DEPENDENCE, DEPENDENCE), itertools.cycle(("off", "on"))):
        home = internet.add_home(homes_module.Kind((
            f"mapping {mapping}", f"filtering {filtering}", f"hairpin {hairpin}")))
        cases.append((f"{mapping} and {filtering}", discover(internet, home), mapping,
                      filtering, hairpin == "on" and "endpoint" in (mapping, filtering)))
    for case in cases:
        check(tap, *case)
