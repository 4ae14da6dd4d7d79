#!/usr/bin/env python3
"""Installs a finished build below a folder of its own, and checks that each file is where
distributions want it, and no other is there.

usage: test-layout.py MESON BUILD PREFIX PROGRAM...

The programs are those that the build has. Speaks TAP.
"""

import os
import re
import subprocess
import sys
import tempfile

APP_ID = "io.github.knothole.Knothole"
EACH = ("bin/{}", "share/man/man1/{}.1", "share/bash-completion/completions/{}",
        "share/zsh/site-functions/_{}", "share/fish/vendor_completions.d/{}.fish")
BESIDES = {
    "knothole": (
        f"share/applications/{APP_ID}.desktop",
        f"share/dbus-1/services/{APP_ID}.service",
        f"share/glib-2.0/schemas/{APP_ID}.gschema.xml",
        f"share/gnome-shell/search-providers/{APP_ID}.search-provider.ini",
        f"share/icons/hicolor/scalable/apps/{APP_ID}.svg",
        f"share/icons/hicolor/symbolic/apps/{APP_ID}-symbolic.svg",
        f"share/metainfo/{APP_ID}.metainfo.xml",
    ),
    "knothole-term": (),
    "knotholed": ("lib/systemd/system/knotholed.service", "lib/sysusers.d/knotholed.conf",
                  "lib/tmpfiles.d/knotholed.conf"),
}
TRANSLATION = re.compile(r"share/locale/\w+/LC_MESSAGES/knothole\.mo")


def install(meson, build):
    """Yields the path of each file that is installed, from the root of the system."""
    # An installation by sudo has left root's, which meson would not write to.
    log = os.path.join(build, "meson-logs", "install-log.txt")
    if os.path.exists(log) and not os.access(log, os.W_OK):
        os.remove(log)
    with tempfile.TemporaryDirectory(prefix="knothole-layout-") as folder:
        subprocess.run([meson, "install", "-C", build, "--no-rebuild", "--quiet", "--destdir",
                        folder], check=True, stdout=subprocess.DEVNULL)
        for inside, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(inside, name)
                if name == "knotholed.service" or "/dbus-1/" in path:
                    check_command(path, folder)
                yield "/" + os.path.relpath(path, folder)


def check_command(path, folder):
    """What a service starts has to be where it says."""
    with open(path, encoding="utf-8") as file:
        command = re.search(r"^Exec(?:Start)?=(\S+)", file.read(), re.MULTILINE)[1]
    if not os.access(folder + command, os.X_OK):
        raise AssertionError(f"{os.path.basename(path)} starts {command}, which is not there")


def main():
    meson, build, prefix, *programs = sys.argv[1:]
    expected = set()
    for program in programs:
        expected |= {path.format(program) for path in EACH} | set(BESIDES[program])
    # Where the prefix is /usr, systemd may say /lib.
    below = re.compile(rf"^({re.escape(prefix)}/|/(?=lib/systemd/))")
    got = {below.sub("", path) for path in install(meson, build)}
    got = {path for path in got if not TRANSLATION.fullmatch(path)}
    for number, path in enumerate(sorted(expected | got), 1):
        good = path in expected and path in got
        why = "" if good else " (is missing)" if path in expected else " (nobody knows it)"
        print(f"{'ok' if good else 'not ok'} {number} {path}{why}")
    print(f"1..{len(expected | got)}")
    return 0 if got == expected else 1


if __name__ == "__main__":
    sys.exit(main())
