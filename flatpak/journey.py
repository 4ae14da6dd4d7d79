#!/usr/bin/env python3
"""What flatpak/check has done as an ordinary user: publish, install, use, upgrade, uninstall.

usage: journey.py --branch BRANCH --runtime REPOSITORY --knotholed PROGRAM SCRATCH

Runs in a session bus of its own, with $HOME and $FLATPAK_USER_DIR inside SCRATCH, where tree/ is the
source. Speaks TAP; without a build there is nothing to go on with, and it bails out.
"""

import argparse
import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading

import sandbox
import screens
from flatpaks import APP_ID, Activated, Grace, Gui, Server, Tap, flatpak, inside, kill

# What the manifest may ask for, and nothing else. (flatpak itself writes x11 beside fallback-x11.)
PERMISSIONS = {
    "shared": {"network", "ipc"},
    "sockets": {"wayland", "x11", "fallback-x11"},
    "devices": {"dri"},
}
SERVICE = f"dbus-1/services/{APP_ID}.service"
EXPORTS = (
    f"applications/{APP_ID}.desktop",
    SERVICE,
    f"gnome-shell/search-providers/{APP_ID}.search-provider.ini",
    f"icons/hicolor/scalable/apps/{APP_ID}.svg",
    f"icons/hicolor/symbolic/apps/{APP_ID}-symbolic.svg",
)
FILES = ("bin/knothole", "bin/knothole-term", f"share/app-info/xmls/{APP_ID}.xml.gz")
NEXT_VERSION = "99.0"
TEXTS = ("From a terminal to a window", "From a terminal to a terminal")


class BailOut(Exception):
    """There is no sense in going on."""


class World:
    """Where things are, and what is running."""

    def __init__(self, options):
        self.scratch = options.scratch
        self.branch = options.branch
        self.runtime = options.runtime
        self.knotholed = options.knotholed
        self.tree = self.path("tree")
        self.out = self.path("out")
        self.shots = self.path("shots")
        self.data = os.path.join(os.environ["HOME"], ".var", "app", APP_ID)
        self.key = None
        self.url = None
        self.server = None
        os.makedirs(self.out)
        os.makedirs(self.shots)

    def path(self, name):
        return os.path.join(self.scratch, name)

    def deploy(self, name):
        """A file of the app as it is installed."""
        return os.path.join(os.environ["FLATPAK_USER_DIR"], "app", APP_ID, "current", "active",
                            name)


def must(command, what, cwd=None):
    """Runs what everything after it needs."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False, cwd=cwd)
    if done.returncode != 0:
        for line in done.stdout.splitlines()[-30:]:
            print("# " + line)
        raise BailOut(what)
    return done.stdout


def add_runtime(tap, world):
    """Says where the stand-in comes from, and installs both halves to build with."""
    flatpak("remote-add", "--no-gpg-verify", "stand-in", "file://" + world.runtime)
    flatpak("install", "stand-in", f"org.gnome.Platform//{world.branch}",
            f"org.gnome.Sdk//{world.branch}")
    tap.ok(True, f"a runtime org.gnome.Platform//{world.branch} is there")


def offer_runtime(world):
    """The remote that the .flatpakref names for those who lack the runtime."""
    with open(os.path.join(world.out, "runtime.flatpakrepo"), "w", encoding="utf-8") as file:
        file.write(f"[Flatpak Repo]\nTitle=Stand-in\nUrl=file://{world.runtime}\n")


def make_key(world):
    """A key to sign the repository with, which nobody keeps."""
    must(["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key",
          "Knothole test <test@localhost>", "ed25519", "sign", "never"], "gpg made no key")
    listed = must(["gpg", "--batch", "--list-keys", "--with-colons"], "gpg lists no key")
    world.key = re.search(r"^fpr:+([0-9A-F]+):", listed, re.MULTILINE)[1]


def publish(world):
    must([os.path.join(world.tree, "flatpak", "publish"), "--sign", world.key, "--work",
          world.path("work"), "--extra-sources", world.path("sources"), "--runtime-repo",
          world.url + "/runtime.flatpakrepo", world.out, world.url],
         "the manifest does not build")


def bundle(world, name):
    """Copies the bundle out of what was published, as a download would."""
    return shutil.copy(os.path.join(world.out, "knothole.flatpak"), world.path(name))


def build(tap, world):
    make_key(world)
    publish(world)
    tap.ok(os.path.getsize(bundle(world, "first.flatpak")) > 50000,
           "the manifest builds, without a network, and makes a bundle")


def parse_permissions(text):
    """[Context] as sets, and the names of all other sections."""
    context, others, section = {}, [], ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            if section != "Context":
                others.append(section)
        elif section == "Context" and "=" in line:
            key, values = line.split("=", 1)
            context[key] = set(filter(None, values.split(";")))
    return context, others


def check_permissions(tap):
    context, others = parse_permissions(flatpak("info", "--show-permissions", APP_ID))
    for kind in sorted(PERMISSIONS.keys() | context.keys()):
        tap.equal(context.get(kind, set()), PERMISSIONS.get(kind, set()),
                  f"permissions: {kind} as they should be")
    tap.equal(others, [], "permissions: nothing on a bus, and no variables")


def check_exports(tap, world):
    """What the desktop finds, and what the app store reads."""
    share = os.path.join(os.environ["FLATPAK_USER_DIR"], "exports", "share")
    for name in FILES:
        tap.ok(os.path.exists(world.deploy("files/" + name)), f"installed: {name}")
    for name in EXPORTS:
        tap.ok(os.path.exists(os.path.join(share, name)), f"exported: {name}")
    with open(os.path.join(share, EXPORTS[0]), encoding="utf-8") as file:
        entry = file.read()
    tap.ok(re.search(rf"^Exec=.*flatpak run .*--command=knothole .*{APP_ID}", entry, re.MULTILINE),
           "the desktop entry runs the sandbox")
    tap.ok("MimeType=x-scheme-handler/knothole;" in entry, "and opens invite links")
    extra = [name for name in os.listdir(world.deploy("files/bin"))
             if name not in ("knothole", "knothole-term")]
    tap.equal(extra, [], "no program that nobody needs is installed")


def install(tap, world):
    flatpak("install", "--no-deps", world.path("first.flatpak"))
    listed = flatpak("list", "--app", "--columns=application,branch")
    tap.equal(listed.split(), [APP_ID, "stable"], "a user installs the bundle")
    check_exports(tap, world)
    check_permissions(tap)
    for command in ("knothole", "knothole-term"):
        done = inside(command, "--self-test")
        tap.ok(done.returncode == 0 and "X25519" in done.stdout,
               f"{command} --self-test passes in the sandbox", done.stderr)


def own_id():
    """The peer ID of what the app and the terminal UI keep where nobody says where."""
    done = inside("knothole-term", "--id")
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout.strip()


def window_and_terminal(tap, world):
    """The app, in a sandbox, calls a terminal in another."""
    ada_id = own_id()
    with screens.X11(world.path("x11")) as display, Grace(world) as far:
        with Gui(display.environment, "--server", world.server.address, "--name", "Ada",
                 far.peer_id) as app:
            shot = os.path.join(world.shots, "x11.png")
            colours = display.shoot("Grace – Knothole", shot)
            tap.ok(colours > 50, f"the window shows under X11, in {colours} colours")
            session = far.await_event("session")
            tap.equal(session["peer_id"], ada_id,
                      "a sandboxed window connects to a sandboxed terminal, as who the terminal "
                      "UI says that it is: both use the same data")
            far.send(TEXTS[0])
            far.await_event("receipt", state="delivered")
            tap.ok(True, "and has stored what was sent to it")
            done = inside("knothole-term", "--timeout", "5", far.peer_id)
            tap.ok(done.returncode == 1 and done.stderr.strip(),
                   "a second program on the same data is turned away", done.stderr)
            tap.equal(app.quit(), 0, "the window closes through its D-Bus name")
        far.leave()


def by_the_desktop(tap, world):
    """Started by the session bus, as desktops start what is DBusActivatable."""
    with screens.X11(world.path("x11")) as display:
        starts = ((("Open", "['knothole:nobody@localhost']", "{}"), "an invite link that is clicked"),
                  (("ActivateAction", "new-chat", "[]", "{}"), "the desktop entry's action"))
        for arguments, what in starts:
            with Activated(display.environment, *arguments) as app:
                colours = display.shoot("New Chat", os.path.join(world.shots, "new-chat.png"))
                tap.ok(colours > 50, f"{what} starts the app, and opens its dialog")
                app.quit()
    with open(os.path.join(os.environ["FLATPAK_USER_DIR"], "exports", "share", SERVICE),
              encoding="utf-8") as file:
        tap.ok(re.search(r"^Exec=.*flatpak run .*--command=\S*knothole .*--gapplication-service",
                         file.read(), re.MULTILINE), "in its sandbox")


def two_terminals(tap, world):
    with Grace(world) as far:
        done = inside("knothole-term", far.peer_id, text=TEXTS[1] + "\n")
        tap.equal(done.returncode, 0, "two sandboxed terminals talk to each other")
        tap.equal(far.await_event("message")["text"], TEXTS[1], "and what arrives is what was said")
        far.leave()


def under_wayland(tap, world):
    with screens.Wayland(world.path("wayland")) as display, \
            Gui(display.environment) as app:
        shot = os.path.join(world.shots, "wayland.png")
        colours = display.shoot(APP_ID, shot)
        tap.ok(colours > 50, f"the window shows under Wayland, in {colours} colours")
        tap.equal(app.quit(), 0, "and closes")


def next_version(world):
    """The same program, but for the number."""
    path = os.path.join(world.tree, "meson.build")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(re.sub(r"^  version: '.*'", f"  version: '{NEXT_VERSION}'", text, count=1,
                          flags=re.MULTILINE))


def history(world):
    return sandbox.texts(os.path.join(world.data, "data", "knothole", "history.db"))


def upgrade(tap, world):
    before = own_id(), history(world)
    next_version(world)
    publish(world)
    flatpak("install", "--no-deps", bundle(world, "next.flatpak"))
    tap.equal(inside("knothole-term", "--version").stdout.split()[-1], NEXT_VERSION,
              "the next bundle upgrades the app")
    tap.equal((own_id(), history(world)), before, "the identity and the history are still there")
    tap.equal(set(TEXTS) - set(before[1]), set(), "with every message")
    two_terminals(tap, world)


def uninstall(tap, world):
    flatpak("uninstall", "--delete-data", APP_ID)
    tap.ok(not os.path.exists(world.data), "uninstall --delete-data leaves no data")
    left = [os.path.join(folder, name)
            for root in (os.environ["HOME"], os.environ["FLATPAK_USER_DIR"])
            for folder, _, names in os.walk(root) for name in names
            if "knothole" in name.lower() and "/repo/" not in folder + "/"]
    tap.equal(left, [], "and no file of its name")


def from_the_web(tap, world):
    """What anyone can do with the folder and a web server."""
    flatpak("install", os.path.join(world.out, "knothole.flatpakref"))
    tap.equal(inside("knothole-term", "--version").stdout.split()[-1], NEXT_VERSION,
              "the .flatpakref installs it from a web server, verified")
    flatpak("uninstall", "--delete-data", APP_ID)
    flatpak("remote-delete", "--force", "knothole")
    flatpak("remote-add", "neighbours", os.path.join(world.out, "knothole.flatpakrepo"))
    listed = flatpak("remote-ls", "neighbours", "--app", "--columns=application")
    tap.equal(listed.split(), [APP_ID], "the .flatpakrepo adds a remote that has it")
    flatpak("remote-delete", "--force", "neighbours")


class StaticFiles(http.server.SimpleHTTPRequestHandler):
    """Answers from a folder, and says nothing."""

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def serve(world):
    """Serves world.out from now on; the thread ends with the program."""
    handler = functools.partial(StaticFiles, directory=world.out)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    world.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()


def journey(tap, world):
    serve(world)
    offer_runtime(world)
    add_runtime(tap, world)
    build(tap, world)
    install(tap, world)
    with Server(world.knotholed, world.path("server-state")) as world.server:
        for step in (window_and_terminal, by_the_desktop, two_terminals, under_wayland,
                     sandbox.check, upgrade):
            tap.run(step.__name__.replace("_", " "), step, world)
            # What a failed step has left running would make the next ones fail too.
            kill()
    tap.run("uninstall", uninstall, world)
    tap.run("from the web", from_the_web, world)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--branch", required=True)
    parser.add_argument("--runtime", required=True)
    parser.add_argument("--knotholed", required=True)
    parser.add_argument("scratch")
    # flatpak asks whether the user has parental controls, and must at least be able to ask.
    os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = os.environ["DBUS_SESSION_BUS_ADDRESS"]
    tap = Tap()
    try:
        journey(tap, World(parser.parse_args()))
    except (BailOut, subprocess.CalledProcessError) as error:
        print(f"Bail out! {error}", flush=True)
        return 1
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
