"""Invite link and contact: QR code, saving, details, and Escape, in every look.

usage: session.sh test-sharing.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS
"""

import os
import re
import subprocess
import sys

from programs import (MAIN, SHOTS, Server, Tap, TermPeer, audit_names, await_message, composer, key, run, running,
                      scratch, shot, type_text, wait)

CHAT = "Grace – Knothole"


def read_code(picture):
    """What a camera would read in it."""
    found = subprocess.run(["zbarimg", "--quiet", "--raw", picture], capture_output=True, text=True,
                           check=False)
    return found.stdout.strip()


def open_invite(app):
    app.find("push button", "^Your Peer ID$").click()
    app.find("push button", "^QR Code and More…$", visible=False)
    key("alt+q")
    return app.window("Invite Link", active=True)


def save_as(app, title, path):
    """Types a path into the dialog of the desktop."""
    app.window(title, active=True)
    key("ctrl+a")
    type_text(path)
    key("Return")
    app.await_closed(title)


def invite(tap, app):
    window = open_invite(app)
    link = window.find("label", "^knothole:").name
    app.resize("Invite Link", 360, 640)
    shot(app, "Invite Link", "invite")
    tap.equal(read_code(os.path.join(SHOTS, "invite.png")), link, "the QR code on the screen says the link")
    tap.equal(audit_names(app), [], "every control of the invite link has a name")

    picture = scratch("invite.png")
    window.find("push button", "^Save Picture…$").click()
    save_as(app, "Save QR Code", picture)
    window.find(None, "^Picture saved$")
    tap.equal(read_code(picture), link, "and the picture that was saved says it too")

    app.focus("Invite Link")
    key("alt+w")
    app.find("push button", "^Withdraw$").click()
    wait(lambda: window.find("label", "^knothole:").name != link, "another link")
    tap.ok(True, "a withdrawn link has another in its place")
    app.focus("Invite Link")
    key("Escape")
    app.await_closed("Invite Link")
    tap.ok(True, "Escape closes it")


def open_from_menu(app, name, mnemonic):
    app.focus(CHAT)
    composer(app).click()
    key("alt+Left")
    app.find("list item", "^Grace, ").await_state("focused")
    key("shift+F10")
    app.find("menu item", f"^{name}$", visible=False)
    key(mnemonic)


def details(tap, app):
    open_from_menu(app, "Details", "d")
    window = app.window("Details", active=True)
    app.resize("Details", 360, 800)
    shot(app, "Details", "details")
    # What a combo row of libadwaita draws in itself has no names; the row has.
    unnamed = [control for control in audit_names(app) if not re.search("GtkListView|GtkImage", control)]
    tap.equal(unnamed, [], "every control of the details has a name")

    path = scratch("conversation.txt")
    with open(path, "w", encoding="utf-8") as old:
        old.write("of another day\n")
    key("alt+s")
    app.window("Save Conversation", active=True)
    key("ctrl+a")
    type_text(path)
    key("Return")
    app.find("label", "Do you want to replace it", visible=False)
    key("alt+r")
    window.find(None, "^Conversation saved$")
    with open(path, encoding="utf-8") as saved:
        text = saved.read()
    tap.ok("Grace: <b>To be kept</b>" in text and "another day" not in text,
           "the conversation is saved, in the place of what was there", text)
    app.focus("Details")
    key("Escape")
    app.await_closed("Details")
    tap.ok(True, "Escape closes it")


def connection(tap, app):
    open_from_menu(app, "Connection", "c")
    window = app.window("Connection", active=True)
    window.find("push button", "^Copy Report$").click()
    window.find("label", "^Copied. It has the addresses")
    key("Escape")
    app.await_closed("Connection")
    tap.ok(True, "Escape closes the connection, whatever a toast says")


def main():
    tap = Tap()
    server = Server()
    grace = TermPeer("Grace", server)

    def journey(tap):
        with running("Ada", "--server", str(server), "--name", "Ada", grace.peer_id) as app:
            app.find(None, "^direct")
            app.window(CHAT, active=True)
            grace.say("<b>To be kept</b>")
            await_message(app, "^They: <b>To be kept")
            invite(tap, app)
            details(tap, app)
            connection(tap, app)

    run(tap, "sharing", journey)
    grace.leave()
    server.stop()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
