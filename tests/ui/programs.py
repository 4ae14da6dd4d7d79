"""What the tests of the app share: the programs, where screenshots go, and a user's journeys."""

import contextlib
import os
import re
import socket
import subprocess
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))

import driver  # noqa: E402  pylint: disable=wrong-import-position
from driver import App, key, type_text, wait  # noqa: E402,F401
from tap import Tap  # noqa: E402,F401

# argv: TEST KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS
KNOTHOLE, KNOTHOLED, TERM, SHOTS = sys.argv[1:5]
PEER_ID = re.compile(r"[0-9a-z]{4}(?:-[0-9a-z]{4}){6}")
MAIN = "Knothole"


def scratch(name):
    return os.path.join(os.environ["KH_UI_SCRATCH"], name)


def shot(app, title, name):
    os.makedirs(SHOTS, exist_ok=True)
    app.screenshot(title, os.path.join(SHOTS, name + ".png"))


def screen(name):
    """All of the screen, where something failed."""
    os.makedirs(SHOTS, exist_ok=True)
    subprocess.run(["import", "-window", "root", os.path.join(SHOTS, name + ".png")], check=True)


def free_port():
    """An UDP port that nothing uses now, and whose neighbour is free too."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two:
                try:
                    two.bind(("127.0.0.1", port + 1))
                except OSError:
                    continue
                return port


class Server:
    """A knotholed that can be stopped and started again at the same address."""

    def __init__(self, address="127.0.0.1", port=None, state="server", before_exec=None):
        self.address = address
        self.port = port or free_port()
        self.state = scratch(state)
        self.before_exec = driver.with_test(before_exec)
        self.process = None
        self.start()

    def __str__(self):
        return f"{self.address}:{self.port}"

    def start(self, state=None):
        # pylint: disable-next=consider-using-with,subprocess-popen-preexec-fn
        self.process = subprocess.Popen(
            [KNOTHOLED, "--listen", self.address, "--port", str(self.port),
             "--state-dir", scratch(state) if state else self.state],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=self.before_exec)
        for line in self.process.stderr:
            if "listening" in line.lower():
                return
        raise AssertionError("the server did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(driver.TIMEOUT)
        self.process.stderr.close()


class TermPeer:
    """Somebody with a terminal, who says what the test wants."""

    def __init__(self, name, server, *arguments):
        self.data_dir = scratch("term-" + name)
        self.peer_id = subprocess.run([TERM, "--data-dir", self.data_dir, "--id"], text=True,
                                      capture_output=True, check=True).stdout.strip()
        # pylint: disable-next=consider-using-with,subprocess-popen-preexec-fn
        self.process = subprocess.Popen(
            [TERM, "--data-dir", self.data_dir, "--server", str(server), "--name", name,
             "--accept=all", *arguments], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, preexec_fn=driver.with_test())

    def say(self, *lines):
        for line in lines:
            self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self):
        """Waits until all that was said has arrived; returns the exit status."""
        self.process.stdin.close()
        return self.process.wait(driver.TIMEOUT)

    def leave(self):
        self.process.terminate()
        self.process.wait(driver.TIMEOUT)


def set_text_size(percent, config):
    """In the preferences, which are read from a file in the folder here."""
    folder = os.path.join(config, "glib-2.0", "settings")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "keyfile"), "w", encoding="utf-8") as file:
        file.write(f"[io/github/knothole/Knothole]\ntext-size={percent}\n")


@contextlib.contextmanager
def running(name, *arguments, environment=None, before_exec=None):
    """An app that must end well."""
    app = start_app(name, *arguments, environment=environment, before_exec=before_exec)
    try:
        yield app
    except BaseException:
        screen("failed-with-" + name)
        app.process.kill()
        app.process.wait()
        raise
    status = app.end()
    assert status == 0, f"the program ended with status {status}"


def type_into(entry, text):
    """Into what has the focus already. An AdwEntryRow does not say that it has: what it holds in
    the end does."""
    type_text(text)
    wait(lambda: entry.text == text, lambda: f"{text!r} in {entry!r}, not {entry.text!r}")


def start_app(name, *arguments, environment=None, before_exec=None):
    return App([KNOTHOLE, "--data-dir", scratch(name), *arguments], environment, before_exec)


def welcome(app, name, server):
    """Fills in the first dialog with the keyboard alone, and waits for the window."""
    app.window("Welcome to Knothole", active=True)
    button = app.find("push button", "^Continue$")
    type_into(app.find("text", "^Your name"), name)
    key("Tab")
    type_into(app.find("text", "^Server"), server)
    button.await_state("sensitive")
    key("Return")
    app.window(MAIN, active=True)


def own_peer_id(app):
    return PEER_ID.search(app.find("label", PEER_ID.pattern).name)[0]


def fill_new_chat(app, target):
    """Opens the dialog from the main window and types into its first entry."""
    key("ctrl+n")
    app.window("New Chat", active=True)
    type_into(app.find("text", "^Peer ID or invite link$"), target)


def dialog(app):
    return app.window("New Chat")


def composer(app):
    return app.find("text", "^Message$")


def send(app, title, text):
    """Types a message into the window's open chat, and Enter."""
    app.focus(title)
    entry = composer(app)
    if "focused" not in entry.states:
        entry.click()
        entry.await_state("focused")
    if text.isascii():
        type_text(text)
    else:
        entry.insert(text)
    wait(lambda: entry.text == text, lambda: f"{text!r} in the composer, not {entry.text!r}")
    key("Return")
    wait(lambda: entry.text == "", "an empty composer")


def press(button):
    """With the pointer, or as a screen reader does: newer toolkits leave out of a box what the
    widgets around have as padding, so that a click misses what is small and far inside of others."""
    if button.app.version >= driver.SAYS_SHOWING:
        # That of a menu is a toggle button inside of one that does nothing.
        inner = next(button.find_all("toggle button"), button)
        driver.Atspi.Action.do_action(inner.accessible, 0)
    else:
        button.click()


def await_message(app, pattern):
    """The list has rows for what is near the view only, so being there is enough; and rows that
    come while places are looked at are best not met there (see Node.find_all)."""
    return app.find("list item", pattern, visible=False)


def meet(tap, ada, grace, grace_id, server):
    """Ada types Grace's ID, Grace accepts; both are connected directly."""
    ada.focus(MAIN)
    fill_new_chat(ada, grace_id)
    dialog(ada).find("push button", "^Connect$", ("sensitive",))
    shot(ada, "New Chat", "new-chat")
    key("Return")
    wait(lambda: any(node.name.endswith("– Knothole") for node in ada.root.children()),
         "Ada's window to show the chat")

    request = grace.find("list item", r"^\u2068?Ada\u2069? \(unverified\) wants to talk$")
    shot(grace, MAIN, "request")
    tap.ok(not grace.is_active(MAIN), "a request does not raise the window")
    press(request.find("push button", "^Accept Ada$"))
    grace.window("Ada – Knothole")
    ada.window("Grace – Knothole")
    for app in (ada, grace):
        app.find(None, r"^direct")
    tap.ok(True, f"both are connected directly through {server}")


def is_inner(node):
    """What libadwaita draws itself: the icons in an entry row, the initials in an avatar."""
    if node.role == "label":
        return len(node.text) <= 2
    return node.role == "image" and any(
        parent.get_role_name() == "text" for parent in parents(node.accessible))


def parents(accessible):
    while (accessible := accessible.get_parent()) is not None:
        yield accessible


def run(tap, name, journey):
    """A journey of many points; a picture is kept of where it failed."""
    def guarded(tap):
        try:
            journey(tap)
        except Exception:
            screen("failed-" + name.replace(" ", "-"))
            raise
    tap.run(name, guarded)


def audit_names(app):
    """Visible controls that a screen reader would call by their class."""
    roles = ("push button", "toggle button", "check box", "text", "entry", "list", "list item",
             "image", "label", "menu item", "frame", "dialog", "password text", "switch")
    bad = []
    for node in list(app.root.walk()):
        try:
            if (node.role in roles and re.match("^(Gtk|Adw|Kh)[A-Z]|^$", node.name) and
                    not is_inner(node) and node.is_visible()):
                bad.append(f"{node!r} in {node.accessible.get_parent().get_name()!r} {node.box()}")
        except driver.GLib.Error:
            continue
    return bad
