"""The app in the desktop: notifications and their buttons, and preferences.

usage: session.sh test-desktop.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS
"""

import re
import sys

import driver
from notifications import Notifications
from programs import (MAIN, Server, Tap, TermPeer, audit_names, await_message, key, own_peer_id, press, run,
                      running, shot, wait)

CHAT = "Grace – Knothole"
# See session.sh.
SCREEN_HEIGHT = 900
# Written from right to left, and kept from turning around what it stands in.
ADA = "עדה"
ISOLATED = f"\u2068{ADA}\u2069"


def messages(tap, app, grace, desktop):
    grace.say("Nobody is told of this, for Ada reads it.")
    await_message(app, "^They: Nobody is told")
    key("ctrl+n")
    app.window("New Chat", active=True)
    grace.say("<b>Ada</b>, are you there?")
    number, shown = wait(lambda: desktop.find("Grace", "are you there"), "a notification")
    tap.equal(len(desktop.shown), 1, "who looks elsewhere is told, and nobody else")
    tap.ok("Reply" in shown.actions.values(), "it can be answered", shown)
    app.find("list item", "^Grace, .*1 unread message")
    desktop.invoke(number, "Mark as Read")
    app.find("list item", "^Grace, [^,]*, [^,]*, are you there.$")
    tap.ok(True, "and marked as read")
    grace.say("Still there?")
    wait(lambda: desktop.find("Grace", "Still there"), "another notification")
    key("Escape")
    app.await_closed("New Chat")
    app.focus(CHAT)
    wait(lambda: not desktop.shown, "the notification to go")
    tap.ok(True, "it goes when one comes back")


def preferences(tap, app, grace, desktop):
    key("ctrl+comma")
    window = app.window("Preferences", active=True)
    app.resize("Preferences", 560, 860)
    window.find("list item", "^Notifications$")
    shot(app, "Preferences", "preferences")
    # What a combo row of libadwaita draws in itself has no names; the row has.
    unnamed = [control for control in audit_names(app) if not re.search("GtkListView|GtkImage", control)]
    tap.equal(unnamed, [], "every control of the preferences has a name")
    window.find("list item", "^Show messages$").click()
    grace.say("A secret")
    wait(lambda: desktop.find("Grace", "New message"), "a notification without the words")
    tap.ok(desktop.find(body="secret") is None, "what was written is not shown if it is not to be")
    choose_out_of_sight(tap, app, window)


def choose_out_of_sight(tap, app, window):
    """What opens has to have its place on the screen, which its row has not yet."""
    app.resize("Preferences", 360, 300)
    row = window.find("combo box", "^Pass messages through the server", visible=False)
    _, y, _, _ = row.box()
    tap.ok(y > SCREEN_HEIGHT, "a row of choices is below the screen", y)
    key("alt+p")
    wait(row.is_visible, "the row to be in sight")
    # In a window of its own, which has no place that the toolkit tells.
    row.find("list item", "^$", ("focused",), visible=False)
    key("Down", "Down", "Return")
    row.find("list", "^Never$", visible=False)
    tap.ok(True, "its mnemonic scrolls to it, and opens it there")
    row.await_state("focused")
    left, top = app.origin("Preferences")
    driver.xdo("mousemove", left + 60, top + 150, "click", "--repeat", 40, "--delay", 1, 4)
    wait(lambda: row.box()[1] == y, "the page to be at its beginning again")
    row.await_state("focused")
    key("space")
    row.find("list item", "^$", ("focused",), visible=False)
    key("Up", "Return")
    row.find("list", "^Always$", visible=False)
    tap.ok(True, "so does the space bar where it has been scrolled away")


def name_from_right_to_left(tap, server, desktop):
    with running("Host", "--server", str(server), "--name", "Host") as app:
        app.window(MAIN, active=True)
        peer_id = own_peer_id(app)
        key("ctrl+n")
        app.window("New Chat", active=True)
        peer = TermPeer(ADA, server, peer_id)
        wait(lambda: desktop.find(f"{ISOLATED} (unverified) wants to talk"), "a notification of the request")
        key("Escape")
        app.await_closed("New Chat")
        press(app.find("push button", f"^Accept {ADA}$"))
        app.window(f"{ISOLATED} – Knothole")
        tap.ok(True, "a name from right to left leaves titles and sentences as they are")
        peer.leave()


def main():
    tap = Tap()
    desktop = Notifications()
    server = Server()
    grace = TermPeer("Grace", server)

    def journey(tap):
        with running("Ada", "--server", str(server), "--name", "Ada", grace.peer_id) as app:
            app.find(None, "^direct")
            app.window(CHAT, active=True)
            messages(tap, app, grace, desktop)
            preferences(tap, app, grace, desktop)
        name_from_right_to_left(tap, server, desktop)

    run(tap, "desktop", journey)
    grace.leave()
    server.stop()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
