"""What the app must not be able to do, tried from inside its sandbox. Each try is made once more
where it is allowed, so that it does not fail for another reason."""

import contextlib
import os
import re
import sqlite3
import subprocess

import flatpaks
from flatpaks import APP_ID, Grace, inside

SECRET = "nobody else's business"
# What every sandbox may talk to on the session bus; portals ask the user.
OWN_NAMES = re.compile(r"(:[0-9.]+|org\.freedesktop\.DBus|org\.freedesktop\.portal\..*|" +
                       re.escape(APP_ID) + r"(\..*)?)")
HOST_SPAWNER = "org.freedesktop.Flatpak"


def texts(path):
    """The messages in a history, without changing it."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return [text for (text,) in database.execute("SELECT text FROM messages ORDER BY seq")]


def check_home(tap):
    path = os.path.join(os.environ["HOME"], "secret.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write(SECRET)
    tap.ok(SECRET in inside("cat", path, options=("--filesystem=home",)).stdout,
           "a file of the home can be read with --filesystem=home")
    done = inside("cat", path)
    tap.ok(done.returncode != 0 and SECRET not in done.stdout, "and not without")
    planted = os.path.join(os.environ["HOME"], "planted")
    inside("sh", "-c", f"echo > '{planted}'")
    tap.ok(not os.path.exists(planted), "nothing that is written to the home gets there")
    here = os.path.abspath(__file__)
    tap.ok(inside("test", "-e", here).returncode != 0, "other folders of the host are not there")


def interfaces(*options):
    done = inside("cat", "/proc/net/dev", options=options)
    return sorted(re.findall(r"^ *(\S+):", done.stdout, re.MULTILINE))


def check_network(tap, world):
    """By what the kernel shows, and by the program."""
    with open("/proc/net/dev", encoding="utf-8") as file:
        outside = sorted(re.findall(r"^ *(\S+):", file.read(), re.MULTILINE))
    tap.equal(interfaces(), outside, "with --share=network the host's network is there")
    tap.equal(interfaces("--unshare=network"), ["lo"], "without it there is none")
    with Grace(world) as far:
        arguments = ("--server", world.server.address, "--name", "Ada", "--timeout", "3",
                     "--data-dir", os.path.join(world.data, "data", "caller"), far.peer_id)
        done = inside("knothole-term", *arguments, text="Hello\n")
        tap.equal(done.returncode, 0, "a message arrives with the permission")
        done = inside("knothole-term", *arguments, options=("--unshare=network",), text="Hello\n")
        tap.equal(done.returncode, 1, "and does not without")
        tap.equal(far.texts(), ["Hello"], "as the other side says")
        far.leave()


def bus_names(method, reached_by):
    done = subprocess.run(
        [*reached_by, "call", "--session", "--dest", "org.freedesktop.DBus", "--object-path",
         "/org/freedesktop/DBus", "--method", "org.freedesktop.DBus." + method],
        check=True, text=True, capture_output=True)
    return set(re.findall(r"'([^']+)'", done.stdout))


def check_bus(tap):
    """The session bus is behind a proxy."""
    for method in ("ListNames", "ListActivatableNames"):
        seen = bus_names(method, flatpaks.command_line("gdbus"))
        strange = sorted(name for name in seen if not OWN_NAMES.fullmatch(name))
        tap.equal(strange, [], f"the sandbox sees no other program on the bus by {method}")
    tap.ok(HOST_SPAWNER in bus_names("ListActivatableNames", ["gdbus"]),
           "though there is one that could run anything outside")


def check(tap, world):
    check_home(tap)
    check_network(tap, world)
    check_bus(tap)
