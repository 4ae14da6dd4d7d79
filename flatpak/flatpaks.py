"""The sandboxed programs, as flatpak/check drives them; on the laboratory's driver of programs."""

import os
import subprocess
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "lab"))

# pylint: disable=wrong-import-position
import programs  # noqa: E402
from tap import Tap  # noqa: E402,F401

APP_ID = "io.github.knothole.Knothole"
OBJECT_PATH = "/io/github/knothole/Knothole"


def flatpak(verb, *arguments):
    """Runs flatpak on the user's installation to its end, and returns what it prints."""
    quiet = ["--noninteractive"] if verb in ("install", "uninstall", "update") else []
    done = subprocess.run(["flatpak", verb, "--user", *quiet, *arguments], text=True, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        raise AssertionError(f"flatpak {verb} {' '.join(arguments)}:\n{done.stdout}{done.stderr}")
    return done.stdout


def command_line(command, *options):
    """The start of one that runs a command of the app's sandbox."""
    return ["flatpak", "run", "--user", "--command=" + command, *options, APP_ID]


def inside(command, *arguments, options=(), text=""):
    """Runs a command in a sandbox of the app to its end; options are those of flatpak run."""
    return subprocess.run([*command_line(command, *options), *arguments], input=text, text=True,
                          check=False, capture_output=True, timeout=programs.TIMEOUT)


class Server(programs.Program):
    """A knotholed outside of any sandbox, on a port that is free."""

    def __init__(self, knotholed, state_dir):
        super().__init__([knotholed, "--listen", "127.0.0.1", "--port", "0", "--state-dir",
                          state_dir])
        self.address = self.await_line("stdout", "listening on").split()[2]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Grace(programs.Peer):
    """A sandboxed knothole-term --json with data of its own, who takes everybody and waits."""

    def __init__(self, world):
        super().__init__(APP_ID, os.path.join(world.data, "data", "grace"), "--server",
                         world.server.address, "--name", "Grace", "--accept=all",
                         wrapper=command_line("knothole-term")[:-1])
        self.peer_id = self.await_event("registered")["peer_id"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self)

    def leave(self):
        self.send("/quit")
        self.wait()


class Gui(programs.Program):
    """The sandboxed app on a display, which is given as variables of the environment."""

    def __init__(self, environment, *arguments):
        unset = [f"--unset={name}" for name in ("DISPLAY", "WAYLAND_DISPLAY")
                 if name not in environment]
        super().__init__(["env", *unset, *(f"{name}={value}" for name, value in
                                           environment.items()),
                          *command_line("knothole"), *arguments])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self)

    def quit(self):
        """As the desktop's shell does it, through the name on the session bus; returns the exit
        status."""
        call("org.gtk.Actions.Activate", "quit", "[]", "{}")
        return self.wait()


class Activated:
    """The app as the session bus starts it, on a display, by a call of org.freedesktop.Application."""

    def __init__(self, environment, method, *arguments):
        subprocess.run(["dbus-update-activation-environment",
                        *(f"{name}={value}" for name, value in environment.items())], check=True)
        call("org.freedesktop.Application." + method, *arguments)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        kill()

    def quit(self):
        """Returns once its name is gone from the bus."""
        gone = programs.Program(["gdbus", "monitor", "--session", "--dest", APP_ID])
        gone.await_line("stdout", "is owned by")
        call("org.gtk.Actions.Activate", "quit", "[]", "{}")
        gone.await_line("stdout", "does not have an owner")
        gone.stop()


def call(method, *arguments):
    """Calls the app through the session bus, which starts it if need be."""
    subprocess.run(["gdbus", "call", "--session", "--dest", APP_ID, "--object-path", OBJECT_PATH,
                    "--method", method, *arguments], check=True, stdout=subprocess.DEVNULL)


def kill():
    """Ends all sandboxes of the app."""
    subprocess.run(["flatpak", "kill", APP_ID], check=False, stderr=subprocess.DEVNULL)


def end(program):
    """Ends what a failed step has left; the sandbox outlives the command that began it."""
    if program.process.poll() is None:
        kill()
        program.stop()
