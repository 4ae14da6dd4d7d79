"""Drives a GTK 4 program as a user does: looks through the accessibility tree, types real keys,
moves the real pointer. Run inside session.sh, by an interpreter that has gi (/usr/bin/python3).

Waiting is always for something to be seen; the timeouts only end a test that has failed.

What GTK 4.8 leaves out of the tree is worked around here: no widget says whether it shows, so it
counts as visible when the toolkit finds it at its own place; and there are no screen
coordinates, so the window's place and the frame around it are added. Newer ones say it, call a
button another name, and count from inside of the frame.
"""

import contextlib
import ctypes
import functools
import os
import re
import signal
import subprocess
import time
import warnings

import gi

warnings.filterwarnings("ignore", category=DeprecationWarning)
gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402  pylint: disable=wrong-import-position

# With a sanitizer that unwinds each allocation's stack, everything takes ten times as long.
PATIENCE = float(os.environ.get("KH_UI_PATIENCE", "1"))
TIMEOUT = 30.0 * PATIENCE
PR_SET_PDEATHSIG = 1
WINDOW = Atspi.CoordType.WINDOW
NEVER_IN_MESSAGES = ("menu item", "text", "entry", "check box", "toggle button")
# Pixels of padding and border that a widget's box leaves out.
CLIP = 24
# Larger than any screen: the box of what has none.
BOX_MAX = 1 << 16
# Since then a widget says whether it shows.
SAYS_SHOWING = (4, 10)
# And its own dialogs warn of its own labels: a bare AdwMessageDialog does.
WARNS_OF_ITSELF = (4, 10)
# What newer toolkits call it.
ROLES = {"button": "push button"}

_libc = ctypes.CDLL(None)

Atspi.init()
# In milliseconds. Whoever is late has no name and no children, and nothing says why.
Atspi.set_timeout(int(5000 * PATIENCE), int(10000 * PATIENCE))


def turn():
    """One turn of the main loop: what the bus has to say, or 20 ms."""
    context = GLib.MainContext.default()
    woken = []
    source = GLib.timeout_source_new(20)
    source.set_callback(lambda *_: woken.append(True) or GLib.SOURCE_REMOVE)
    source.attach(context)
    while not woken:
        context.iteration(True)
    source.destroy()


def wait(condition, what, timeout=TIMEOUT):
    """Returns what condition () returns, as soon as it is true."""
    deadline = time.monotonic() + timeout
    trouble = None
    while True:
        try:
            found = condition()
            if found:
                return found
        except GLib.Error as error:  # the widget went away while it was looked at
            trouble = error
        if time.monotonic() > deadline:
            note = f" ({trouble})" if trouble else ""
            raise AssertionError(f"timed out waiting for {what() if callable(what) else what}{note}")
        turn()


@functools.cache
def installed_version():
    """Of the toolkit, before there is a program to ask."""
    said = subprocess.run(["pkg-config", "--modversion", "gtk4"], check=True, capture_output=True, text=True)
    return tuple(int(part) for part in said.stdout.split(".")[:2])


def xdo(*arguments):
    command = ("xdotool", *map(str, arguments))
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def active_window():
    """For a moment, after one was closed or before the first, there is none."""
    found = subprocess.run(("xdotool", "getactivewindow"), check=False, capture_output=True, text=True)
    return found.stdout.strip()


def with_test(before_exec=None):
    """For Popen: no program outlives its test, however that ends."""
    def prepare():
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if before_exec is not None:
            before_exec()
    return prepare


class Node:
    """A widget, as a screen reader sees it."""

    def __init__(self, accessible, app):
        self.accessible = accessible
        self.app = app

    def __repr__(self):
        return f"<{self.role} {self.name!r}>"

    @property
    def name(self):
        name = self.accessible.get_name() or ""
        if not name and self.role == "label":
            # Newer toolkits leave it to the text where that can be selected.
            with contextlib.suppress(GLib.Error):
                name = self.text
        return name

    @property
    def role(self):
        name = self.accessible.get_role_name()
        return ROLES.get(name, name)

    @property
    def states(self):
        return {state.value_nick for state in self.accessible.get_state_set().get_states()}

    @property
    def description(self):
        return self.accessible.get_description() or ""

    @property
    def text(self):
        # GTK 4.8 takes an end of -1 for an empty range.
        count = Atspi.Text.get_character_count(self.accessible)
        return Atspi.Text.get_text(self.accessible, 0, count)

    def insert(self, text):
        """For what the keyboard's layout does not have: fake keys for it get lost under load."""
        Atspi.EditableText.insert_text(self.accessible, 0, text, -1)

    def children(self):
        for index in range(self.accessible.get_child_count()):
            child = self.accessible.get_child_at_index(index)
            if child is not None:
                yield Node(child, self.app)

    def walk(self, wanted=None):
        """It and all in it, but for where nothing of the wanted role can be: each widget is asked
        over the bus, and most of them are in rows of messages."""
        yield self
        try:
            role = self.role if wanted is not None else None
            if ((role == "list item" and wanted == role) or
                    (role == "list" and wanted in NEVER_IN_MESSAGES and self.name == "Messages")):
                return
            children = list(self.children())
        except GLib.Error:
            return
        for child in children:
            yield from child.walk(wanted)

    def box(self):
        extents = Atspi.Component.get_extents(self.accessible, WINDOW)
        return extents.x, extents.y, extents.width, extents.height

    def size(self):
        """Of a window, without what newer toolkits count as its border: that begins left of 0."""
        x, y, width, height = self.box()
        return width + 2 * min(x, 0), height + 2 * min(y, 0)

    def toplevel(self):
        accessible = self.accessible
        while accessible.get_parent().get_role() != Atspi.Role.APPLICATION:
            accessible = accessible.get_parent()
        return Node(accessible, self.app)

    def is_toplevel(self):
        parent = self.accessible.get_parent()
        return parent is not None and parent.get_role() == Atspi.Role.APPLICATION

    def lineage(self):
        """The widget and what is around it, up to its window. The page of a stack is no widget."""
        accessible = self.accessible
        while accessible is not None and accessible.get_role() != Atspi.Role.APPLICATION:
            if accessible.get_component_iface() is not None:
                yield Node(accessible, self.app)
            accessible = accessible.get_parent()

    def is_shown_at(self, x, y):
        """Is the point of its window in all that is around it, a scrolled view for one? A box is
        that of the contents: what is around them may be larger by a margin or two."""
        for node in self.lineage():
            left, top, width, height = node.box()
            if not (left - CLIP <= x <= left + width + CLIP and top - CLIP <= y <= top + height + CLIP):
                return False
        return True

    def is_visible(self):
        """Does the toolkit find it, or something inside it, at its own place?

        It is asked of the widget itself and not of the window: GTK 4.8 crashes when it finds a
        widget that nobody has looked at yet (an object path that is still NULL), and in a window
        there may be a new one at any moment. A hidden page finds nothing in itself; nor does what
        is insensitive, so what is around that is asked. An icon or the inside of an entry has no
        accessible and is found as nothing, nor are the corners of what is round, hence more points
        than one."""
        if self.is_toplevel():
            return True
        x, y, width, height = self.box()
        if not (0 < width < BOX_MAX and 0 < height < BOX_MAX and
                self.is_shown_at(x + width // 2, y + height // 2)):
            return False
        if self.app.version >= SAYS_SHOWING:
            return "showing" in self.states
        asked = next(node for node in self.lineage() if "sensitive" in node.states or node.is_toplevel())
        list(asked.walk())
        inset = -4 if self.role.endswith("button") else 3
        points = ((width // 2, height // 2), (inset, inset), (width - 1 - inset, inset),
                  (inset, height - 1 - inset), (width - 1 - inset, height - 1 - inset),
                  (width // 2, inset), (inset, height // 2))
        return any(Atspi.Component.get_accessible_at_point(asked.accessible, x + dx, y + dy, WINDOW)
                   is not None for dx, dy in points)

    def find_all(self, role=None, name=None, states=(), visible=True):
        """name is a regular expression, to be found anywhere in the name."""
        pattern = re.compile(name) if name is not None else None
        wanted = role if self.role != role else None
        for node in list(self.walk(wanted)):
            try:
                if ((role is None or node.role == role) and
                        (pattern is None or pattern.search(node.name)) and
                        set(states) <= node.states and (not visible or node.is_visible())):
                    yield node
            except GLib.Error:
                continue

    def find(self, role=None, name=None, states=(), visible=True, timeout=TIMEOUT):
        return wait(lambda: next(self.find_all(role, name, states, visible), None),
                    lambda: f"{role} {name!r} {states}\n{self.app.dump()}", timeout)

    def await_absent(self, role=None, name=None):
        wait(lambda: next(self.find_all(role, name), None) is None,
             lambda: f"no {role} {name!r}\n{self.app.dump()}")

    def await_state(self, state, on=True):
        wait(lambda: (state in self.states) == on,
             lambda: f"{self!r} {'' if on else 'not '}{state}: {self.states}")
        return self

    def click(self):
        x, y, width, height = self.box()
        left, top = self.app.origin(self.toplevel().name)
        # Never `mousemove --sync`: it waits for a movement, and there may be none.
        xdo("mousemove", left + x + width // 2, top + y + height // 2, "click", 1)


class App:
    """One running program, and what can be done to it. A warning of GLib's or GTK's ends it."""

    def __init__(self, command, environment=None, before_exec=None):
        fatal = "fatal-criticals" if installed_version() >= WARNS_OF_ITSELF else "fatal-warnings"
        environment = dict(os.environ, G_DEBUG=fatal, **(environment or {}))
        # pylint: disable-next=consider-using-with,subprocess-popen-preexec-fn
        self.process = subprocess.Popen(command, env=environment,
                                        preexec_fn=with_test(before_exec))
        self.root = wait(self._find_root, f"{command[0]} on the accessibility bus")

    @functools.cached_property
    def version(self):
        """Of the toolkit."""
        return tuple(int(part) for part in self.root.accessible.get_toolkit_version().split(".")[:2])

    def _find_root(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the program ended with status {self.process.returncode}")
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(index)
            if child is not None and child.get_process_id() == self.process.pid:
                return Node(child, self)
        return None

    def find(self, *arguments, **keywords):
        return self.root.find(*arguments, **keywords)

    def window(self, title, active=False):
        """A window by its exact title. Which is active is asked of the X server: GTK 4.8 gives a
        transient window neither the role nor the states of a window."""
        node = wait(lambda: next((child for child in self.root.children() if child.name == title),
                                 None), lambda: f"the window {title!r}\n{self.dump()}")
        if active:
            window = self.window_id(title)
            wait(lambda: active_window() == window,
                 lambda: f"the window {title!r} to be active")
        return node

    def is_active(self, title):
        return active_window() == self.window_id(title)

    def await_closed(self, title):
        wait(lambda: all(node.name != title for node in self.root.children()),
             f"the window {title!r} to close")

    def await_absent(self, *arguments, **keywords):
        self.root.await_absent(*arguments, **keywords)

    def dump(self):
        """The visible tree, for the message of a failure."""
        lines = []

        def visit(node, depth):
            with contextlib.suppress(GLib.Error):
                text = f" {node.text!r}" if node.role in ("text", "entry") else ""
                lines.append("  " * depth + repr(node) + text)
                for child in node.children():
                    visit(child, depth + 1)
        visit(self.root, 0)
        return "\n".join(lines)

    def window_id(self, title):
        def search():
            found = subprocess.run(
                ["xdotool", "search", "--all", "--onlyvisible", "--pid", str(self.process.pid), "--name",
                 f"^{re.escape(title)}$"], capture_output=True, text=True, check=False)
            return found.stdout.split()
        return wait(search, f"an X window {title!r}")[-1]

    @staticmethod
    def geometry(window):
        lines = xdo("getwindowgeometry", "--shell", window).splitlines()
        return {name: int(value) for name, value in (line.split("=") for line in lines)}

    def origin(self, title):
        window = self.window_id(title)
        geometry = self.geometry(window)
        extents = subprocess.run(["xprop", "-id", window, "_GTK_FRAME_EXTENTS"],
                                 capture_output=True, text=True, check=False).stdout
        match = re.search(r"= (\d+), \d+, (\d+), \d+", extents)
        left, top = (int(match[1]), int(match[2])) if match else (0, 0)
        inside_x, inside_y, *_ = self.window(title).box()
        return geometry["X"] + left - inside_x, geometry["Y"] + top - inside_y

    def focus(self, title):
        """Makes the window the active one, and waits until the program knows."""
        window = self.window_id(title)
        xdo("windowactivate", window)
        self.window(title, active=True)

    def resize(self, title, width, height):
        window = self.window_id(title)
        frame = self.window(title)
        geometry = self.geometry(window)
        # The border or shadow belongs to the X window, not to the size meant.
        inside = frame.size()
        border_x = geometry["WIDTH"] - inside[0]
        border_y = geometry["HEIGHT"] - inside[1]
        xdo("windowsize", window, width + border_x, height + border_y)
        wait(lambda: frame.size() == (width, height),
             lambda: f"a size of {width} × {height}, not {frame.size()}")

    def move(self, title, x, y):
        xdo("windowmove", self.window_id(title), x, y)

    def screenshot(self, title, path):
        """The window alone, as it is on the screen."""
        subprocess.run(["import", "-window", self.window_id(title), path], check=True)

    def end(self):
        """Ends the program as a session's end does; returns its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the program did not end when asked to") from None


def type_text(text):
    assert text.isascii(), text
    xdo("type", "--delay", "12", "--", text)


def key(*keys):
    xdo("key", "--delay", "20", *keys)
