"""The desktop's search: asked over the session bus, as a shell does, with the app closed and open.

usage: session.sh test-search-provider.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS
"""

import os
import sys

from gi.repository import Gio, GLib

from programs import KNOTHOLE, TERM, App, Server, Tap, TermPeer, run, scratch, subprocess, wait

NAME = "io.github.knothole.Knothole"
TERMS = ("lantern",)


class Shell:
    """What a desktop's shell asks of a search provider."""

    def __init__(self):
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)

    def call(self, method, *arguments, path="/SearchProvider", interface="org.gnome.Shell.SearchProvider2",
             name=NAME):
        """Waits as a shell does, with its main loop running: it is looked at meanwhile."""
        answer = []
        self.bus.call(name, "/" + NAME.replace(".", "/") + path, interface, method,
                      GLib.Variant(*arguments), None, Gio.DBusCallFlags.NONE, 30000, None,
                      lambda bus, result: answer.append(bus.call_finish(result)))
        return wait(lambda: answer, f"an answer to {method}")[0].unpack()

    def search(self, *terms):
        return self.call("GetInitialResultSet", "(as)", (terms,))[0]

    def metas(self, identifiers):
        return self.call("GetResultMetas", "(as)", (identifiers,))[0]

    def activate(self, identifier):
        self.call("ActivateResult", "(sasu)", (identifier, TERMS, 0))

    def has_owner(self):
        return self.bus.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus",
                                  "org.freedesktop.DBus", "NameHasOwner",
                                  GLib.Variant("(s)", (NAME,)), None, Gio.DBusCallFlags.NONE, -1,
                                  None).unpack()[0]


class Activated(App):
    """The program that the bus has started."""

    def __init__(self, shell):  # pylint: disable=super-init-not-called
        self.shell = shell
        number = shell.bus.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus",
                                     "org.freedesktop.DBus", "GetConnectionUnixProcessID",
                                     GLib.Variant("(s)", (NAME,)), None, Gio.DBusCallFlags.NONE, -1,
                                     None).unpack()[0]
        self.process = Process(number)
        self.root = None

    def show(self):
        self.root = wait(self._find_root, "the app on the accessibility bus")

    def quit(self):
        self.shell.call("Activate", "(sava{sv})", ("quit", [], {}), path="",
                        interface="org.gtk.Actions")
        wait(lambda: not self.shell.has_owner(), "the app to quit")


class Process:
    """What App asks of the program it runs, for one that another has started."""

    def __init__(self, number):
        self.pid = number
        self.returncode = None

    def poll(self):
        return None if os.path.exists(f"/proc/{self.pid}") else 0


def make_startable():
    """The session bus starts the app, as the installed service file lets it."""
    services = scratch("run/services")
    with open(os.path.join(services, NAME + ".service"), "w", encoding="utf-8") as file:
        file.write(f"[D-BUS Service]\nName={NAME}\nExec={KNOTHOLE} --gapplication-service\n")


def make_history(server, grace):
    """Ada, with a terminal and the folder that the app takes too, says some things to Grace."""
    said = "The lantern is green\nNothing of it\nLanterns, every one\n"
    subprocess.run([TERM, "--server", str(server), "--name", "Ada", grace.peer_id], input=said,
                   text=True, check=True, stdout=subprocess.DEVNULL)


def ask(tap, shell, grace):
    found = shell.search(*TERMS)
    tap.equal(len(found), 2, "both messages with the word are found")
    metas = shell.metas(found)
    tap.equal([meta["description"] for meta in metas],
              ["Lanterns, every one", "The lantern is green"], "newest first, in their words")
    tap.equal({meta["name"] for meta in metas}, {"Grace"}, "under the name of whose chat it is")
    tap.equal([meta["id"] for meta in metas], found, "each told under its own identifier")
    narrowed = shell.call("GetSubsearchResultSet", "(asas)", (found, ("lantern", "gre")))[0]
    tap.equal(narrowed, found[1:], "more letters find less")
    tap.equal(shell.search("gra"), [grace.peer_id], "a contact is found by the name")
    tap.equal(shell.metas([grace.peer_id])[0]["name"], "Grace", "and told by it")
    tap.equal(shell.search("x" * 5000), [], "what is too long finds nothing")
    tap.equal(shell.metas(["nobody", grace.peer_id + ":x"]), [], "nothing is told of what is unknown")
    return found


def journey_of(grace, server):
    def journey(tap):
        shell = Shell()
        make_history(server, grace)
        tap.ok(not shell.has_owner(), "the app is closed")
        found = ask(tap, shell, grace)
        app = Activated(shell)
        quiet = subprocess.run(["xdotool", "search", "--pid", str(app.process.pid), "--onlyvisible",
                                "--name", "."], capture_output=True, text=True, check=False)
        tap.equal(quiet.stdout, "", "searching opens no window")
        # With the lock of the app it could not: nor does it hold it.
        make_history(server, grace)
        tap.ok(True, "nor does it take the data folder")
        shell.activate(found[1])
        app.show()
        app.window("Grace – Knothole")
        app.find("list item", "^You: The lantern is green")
        tap.ok(True, "choosing a message opens the app at it")
        tap.equal(len(shell.search(*TERMS)), 4, "an open app finds too")
        shell.call("LaunchSearch", "(asu)", (("every", "one"), 0))
        app.find("list item", "Lanterns, every one", visible=False)
        tap.equal(app.find("entry", "^Search$", visible=False).text, "every one",
                  "the shell's own search goes on in the app's")
        app.quit()
        tap.ok(True, "and its end is the end of the program")
        shell.activate(grace.peer_id)
        app = Activated(shell)
        app.show()
        app.window("Grace – Knothole")
        tap.ok(True, "choosing a contact opens their chat")
        app.quit()
    return journey


def main():
    tap = Tap()
    make_startable()
    server = Server()
    grace = TermPeer("Grace", server)
    run(tap, "search provider", journey_of(grace, server))
    grace.leave()
    server.stop()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
