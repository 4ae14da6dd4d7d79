"""Going on without a window, beginning with the session, and quitting.

usage: session.sh test-background.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS
"""

import os
import subprocess
import sys

import driver
from notifications import Notifications
from portal import Portal
from programs import (KNOTHOLE, MAIN, Server, Tap, TermPeer, await_message, key, run, running, scratch,
                      shot, wait)

CHAT = "Grace – Knothole"
ENTRY = os.path.join(os.environ["XDG_CONFIG_HOME"], "autostart", "io.github.knothole.Knothole.desktop")


def open_preferences(app):
    key("ctrl+comma")
    window = app.window("Preferences", active=True)
    app.resize("Preferences", 360, 860)
    window.find("list item", "^Go on in the background$", visible=False)
    return window


def is_shown(process):
    found = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(process.pid)],
                           capture_output=True, text=True, check=False)
    return bool(found.stdout.split())


def words_over(node):
    """Such words do not stay for long: what is scrolled below them is not looked through."""
    if node.role == "scroll pane":
        return []
    return [node.name, *(name for child in node.children() for name in words_over(child))]


def switch_on(tap, app):
    window = open_preferences(app)
    key("alt+g")
    window.find("check box", "^Go on in the background$", ("checked",), visible=False)
    window.find("list item", "^Start when you log in$", ("sensitive",), visible=False)
    key("alt+l")
    wait(lambda: os.path.exists(ENTRY), "the autostart entry")
    shot(app, "Preferences", "preferences-background")
    with open(ENTRY, encoding="utf-8") as entry:
        command = f'Exec="{os.path.abspath(KNOTHOLE)}" --background --data-dir "{scratch("Ada")}"\n'
        tap.ok(command in entry.read(), "it starts with the session, in its own folder")
    key("Escape")
    app.await_closed("Preferences")


def close_and_come_back(tap, app, grace, desktop):
    app.focus(CHAT)
    key("ctrl+w")
    wait(lambda: not is_shown(app.process), "the window to go")
    number, shown = wait(lambda: desktop.find("goes on in the background"), "a notification")
    tap.ok("Quit" in shown.actions.values(), "at first one is told that it goes on", shown)
    grace.say("Are you still there?")
    number, _ = wait(lambda: desktop.find("Grace", "still there"), "a notification")
    tap.ok(app.process.poll() is None, "without a window one is reached, and told")
    desktop.invoke(number, "")
    wait(lambda: is_shown(app.process), "the window")
    await_message(app, "^They: Are you still there")
    desktop.shown.clear()
    app.focus(CHAT)
    key("ctrl+w")
    wait(lambda: not is_shown(app.process), "the window to go")
    grace.say("And now?")
    number, _ = wait(lambda: desktop.find("Grace", "And now"), "a notification")
    tap.ok(desktop.find("goes on") is None, "one is told once that it goes on")
    desktop.invoke(number, "")
    wait(lambda: is_shown(app.process), "the window")


def quit_it(tap, app):
    app.focus(CHAT)
    key("ctrl+q")
    tap.equal(app.process.wait(driver.TIMEOUT), 0, "quitting quits")


def begin_unseen(tap, grace, desktop):
    desktop.shown.clear()
    # pylint: disable-next=consider-using-with,subprocess-popen-preexec-fn
    process = subprocess.Popen([KNOTHOLE, "--data-dir", scratch("Ada"), "--background"],
                               preexec_fn=driver.with_test())
    grace.say("Good morning")
    number, _ = wait(lambda: desktop.find("Grace", "Good morning"), "a notification")
    tap.ok(not is_shown(process), "it begins without a window, and is reached")
    desktop.invoke(number, "")
    wait(lambda: is_shown(process), "the window")
    process.terminate()
    tap.equal(process.wait(driver.TIMEOUT), 0, "the end of the session ends it")


def in_a_sandbox(tap):
    """There the desktop is asked, which may refuse."""
    portal = Portal()
    os.unlink(ENTRY)
    with running("boxed", "--server", "127.0.0.1:9", "--name", "Ada", environment={"GTK_USE_PORTAL": "1"}) as app:
        app.window(MAIN, active=True)
        window = open_preferences(app)
        both = [window.find("check box", f"^{name}$", visible=False)
                for name in ("Go on in the background", "Start when you log in")]
        # What is in an insensitive row does not say so itself.
        row = window.find("list item", "^Start when you log in$", visible=False)
        wanted = []
        # They are on from before. A switch moves at once, and again with the answer, which lets
        # the other be moved.
        for press, asked, on in (("alt+g", False, (False, False)), ("alt+g", False, (True, False)),
                                 ("alt+l", True, (True, True))):
            key(press)
            wanted.append((asked, ["knothole", "--background", "--data-dir", scratch("boxed")]))
            wait(lambda: len(portal.asked) == len(wanted) and  # pylint: disable=cell-var-from-loop
                 on == tuple("checked" in switch.states for switch in both) and
                 on[0] == ("sensitive" in row.states),
                 lambda: f"an answer: {portal.asked} {[node.states for node in (*both, row)]}")
        tap.equal([(asked["autostart"], asked["commandline"]) for asked in portal.asked], wanted,
                  "in a sandbox the desktop is asked")
        tap.ok(not os.path.exists(ENTRY), "and nothing is written beside it")
        portal.allows.clear()
        key("alt+l", "alt+l")
        wait(lambda: "The desktop does not allow it." in words_over(window), "words that say so")
        wait(lambda: not any("checked" in switch.states for switch in both), "both to be off")
        shot(app, "Preferences", "preferences-refused")
        tap.ok(True, "what it refuses is off again, and said")


def main():
    tap = Tap()
    desktop = Notifications()
    server = Server()
    grace = TermPeer("Grace", server)

    def journey(tap):
        with running("Ada", "--server", str(server), "--name", "Ada", grace.peer_id) as app:
            app.find(None, "^direct")
            app.window(CHAT, active=True)
            switch_on(tap, app)
            close_and_come_back(tap, app, grace, desktop)
            quit_it(tap, app)
        begin_unseen(tap, grace, desktop)
        in_a_sandbox(tap)

    run(tap, "background", journey)
    grace.leave()
    server.stop()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
