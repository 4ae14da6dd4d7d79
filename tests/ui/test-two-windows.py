"""Two windows on one computer meet and talk, by keyboard and pointer.

usage: session.sh test-two-windows.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS
"""

import os
import shutil
import subprocess
import sys

from notifications import Notifications
from programs import (MAIN, SHOTS, TERM, Server, Tap, audit_names, await_message, composer, dialog,
                      fill_new_chat, key, meet, own_peer_id, run, scratch, send, set_text_size, shot,
                      start_app, type_into, type_text, wait, welcome)


def set_up(tap, server):
    """First run of both, each in its half of the screen."""
    apps = []
    for index, name in enumerate(("Ada", "Grace")):
        app = start_app(name)
        app.window("Welcome to Knothole", active=True)
        if name == "Ada":
            shot(app, "Welcome to Knothole", "welcome")
            tap.equal(audit_names(app), [], "every control of the welcome has a name")
        welcome(app, name, str(server))
        app.resize(MAIN, 690, 620)
        app.move(MAIN, 10 + index * 710, 40)
        apps.append(app)
    shot(apps[0], MAIN, "no-chats")
    return apps


def bad_welcome(tap, server):
    app = start_app("bad")
    app.window("Welcome to Knothole", active=True)
    type_into(app.find("text", "^Your name"), "Ada")
    key("Tab")
    type_into(app.find("text", "^Server"), "chat.example.org:99999")
    app.find(None, r"^The port must be.*\.$")
    button = app.find("push button", "^Continue$")
    tap.ok("sensitive" not in button.states, "a bad server is told while typing")
    shot(app, "Welcome to Knothole", "welcome-bad-server")
    key("ctrl+a")
    type_text(str(server))
    button.await_state("sensitive")
    tap.equal(app.end(), 0, "the welcome can be left")


def own_id(tap, app, name):
    shown = own_peer_id(app)
    app.focus(MAIN)
    app.find("push button", "^_?Copy Peer ID$").click()
    app.find(None, "^Copied$")
    # What another window pastes is what was copied.
    key("ctrl+n")
    app.window("New Chat", active=True)
    key("ctrl+v")
    entry = app.find("text", "^Peer ID or invite link$")
    wait(lambda: entry.text == shown, lambda: f"{shown} to be pasted, not {entry.text!r}")
    app.find(None, "(?i)your own (peer )?ID")
    tap.ok("sensitive" not in dialog(app).find("push button", "^Connect$").states,
           f"{name}'s own ID is copied, and refused as a target")
    shot(app, "New Chat", "new-chat-own-id")
    key("Escape")
    app.await_closed("New Chat")
    return shown


def bad_ids(tap, app, peer_id):
    app.focus(MAIN)
    fill_new_chat(app, peer_id[:-1])
    app.find(None, "27 of 28")
    tap.ok("sensitive" not in dialog(app).find("push button", "^Connect$").states,
           "an ID that is too short: how many characters there are")
    tap.equal(audit_names(app), [], "every control of New Chat has a name")
    wrong = "0" if peer_id[11] != "0" else "1"
    mistyped = peer_id[:11] + wrong + peer_id[12:]
    key("ctrl+a")
    type_text(mistyped)
    app.find(None, "3rd group")
    tap.ok(True, "a mistyped ID: in which group")
    shot(app, "New Chat", "new-chat-mistyped")
    key("Escape")
    app.await_closed("New Chat")


def talk(tap, ada, grace):
    # Each window is named for its chat now.
    send(ada, "Grace – Knothole", "Hello Grace! Can you read this?")
    await_message(grace, "^They: Hello Grace! Can you read this")
    await_message(ada, "^You: Hello Grace!.*(Delivered|Read)$")
    tap.ok(True, "a message arrives, and its tick says so")

    grace.focus("Ada – Knothole")
    await_message(ada, "^You: Hello Grace!.*Read$")
    tap.ok(True, "it is read when the other window is worked in")

    send(grace, "Ada – Knothole", "Yes, and nobody else can.")
    await_message(ada, "^They: Yes, and nobody else can")
    ada.focus("Grace – Knothole")
    await_message(grace, "^You: Yes, and nobody else can.*Read$")
    tap.ok(True, "the answer too")


def lines_and_markup(tap, ada, grace):
    ada.focus("Grace – Knothole")
    entry = composer(ada)
    entry.click()
    entry.await_state("focused")
    type_text("<b>not bold</b> & plain")
    key("shift+Return")
    type_text("second line")
    wait(lambda: entry.text == "<b>not bold</b> & plain\nsecond line", "two lines")
    key("Return")
    await_message(grace, r"^They: <b>not bold</b> & plain\nsecond line")
    tap.ok(True, "Shift+Enter makes a line, and text is no markup")

    key("Return")
    wait(lambda: entry.text == "", "nothing to be sent")
    send(ada, "Grace – Knothole", "שלום, an RTL word first")
    await_message(grace, "^They: שלום")
    tap.ok(True, "right-to-left text arrives")
    shot(ada, "Grace – Knothole", "chat")
    shot(grace, "Ada – Knothole", "chat-other-side")


def many(tap, ada, grace):
    """Enough for the list to scroll: the newest stays in sight."""
    for number in range(12):
        send(ada, "Grace – Knothole", f"line {number}")
    await_message(grace, "^They: line 11")
    await_message(ada, "^You: line 11.*(Delivered|Read)$")
    wait(lambda: await_message(ada, "^You: line 11").is_visible() and
         await_message(grace, "^They: line 11").is_visible(), "the newest message to be in sight")
    tap.ok(True, "the newest message is in sight")


def styles(tap, ada, grace):
    shot(ada, "Grace – Knothole", "chat-long")
    tap.equal(audit_names(ada), [], "every control of the main window has a name")

    ada.focus("Grace – Knothole")
    ada.resize("Grace – Knothole", 360, 620)
    back = ada.find("push button", "^Back$")
    await_message(ada, "^You: line 11")
    shot(ada, "Grace – Knothole", "narrow-chat")
    tap.equal(audit_names(ada), [], "every control of the narrow window has a name")
    back.click()
    ada.window(MAIN)
    row = ada.find("list item", "^Grace, connected")
    shot(ada, MAIN, "narrow-list")
    row.click()
    ada.find("push button", "^Back$")
    tap.ok(True, "under 600 pixels there is one pane, and a way back")
    ada.resize("Grace – Knothole", 690, 620)
    grace.focus("Ada – Knothole")


def server_gone(tap, window, server):
    server.stop()
    window.find(None, "(?i)server (is stopping|was lost|cannot|does not)|lost|No server is running")
    tap.ok(True, "the window says that the server is gone")
    shot(window, "Ada – Knothole", "server-gone")
    server.start(state="another-key")
    window.find(None, "^The server is not the one you know$")
    shot(window, "Ada – Knothole", "server-key-changed")
    window.focus("Ada – Knothole")
    window.find("push button", "^Trust New Key…$").click()
    window.find("label", "^Trust the server’s new key")
    shot(window, window.find(None, "^Trust the server").toplevel().name, "trust-dialog")
    window.find("push button", "^Trust New Key$").click()
    window.await_absent(None, "^The server is not the one you know$")
    tap.ok(True, "a changed server key waits for the user")


def restart(tap, ada):
    """The history is there again, in dark style and with a large font."""
    tap.equal(ada.end(), 0, "the window ends when it is asked to")
    for look, environment in (
            ("dark", {"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"}),
            ("high-contrast", {"ADW_DEBUG_HIGH_CONTRAST": "1"}),
            ("large-text", {"XDG_CONFIG_HOME": large_text_config()})):
        app = start_app("Ada", environment=environment)
        app.window(MAIN, active=True)
        app.resize(MAIN, 690, 620)
        app.find("list item", "^Grace, ").click()
        await_message(app, "^You: line 11")
        app.find(None, "^direct")
        shot(app, "Grace – Knothole", look)
        tap.equal(app.end(), 0, f"the history is there again: {look}")


def large_text_config():
    folder = scratch("large-text")
    shutil.copytree(os.environ["XDG_CONFIG_HOME"], folder)
    set_text_size(200, folder)
    return folder


def main():
    tap = Tap()
    Notifications()  # GLib warns where nobody shows them
    server = Server()
    apps = []

    def journey(_):
        bad_welcome(tap, server)
        apps.extend(set_up(tap, server))
        ada, grace = apps
        own_id(tap, ada, "Ada")
        grace_id = own_peer_id(grace)
        told = subprocess.run([TERM, "--data-dir", scratch("Grace"), "--id"], text=True,
                              capture_output=True, check=True).stdout.strip()
        tap.equal(grace_id, told, "the ID that is shown is the data folder's")
        bad_ids(tap, ada, grace_id)
        meet(tap, ada, grace, grace_id, server)
        talk(tap, ada, grace)
        lines_and_markup(tap, ada, grace)
        many(tap, ada, grace)
        styles(tap, ada, grace)
        restart(tap, ada)
        server_gone(tap, grace, server)

    run(tap, "two windows", journey)
    for app in apps:
        tap.equal(app.end(), 0, "the window ends when it is asked to")
    server.stop()
    tap.note(f"screenshots: {SHOTS}")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
