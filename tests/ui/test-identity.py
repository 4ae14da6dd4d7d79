"""The secret key in each of its places, a backup, and the preferences about oneself.

usage: session.sh test-identity.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS
"""

import os
import sys

from keyring import Keyring
from programs import (MAIN, Tap, audit_names, key, own_peer_id, run, running, scratch, shot, type_text,
                      welcome)

NOBODY = "127.0.0.1:9"
PASSPHRASE = "correct horse battery staple"
PLACES = ("identity.key", "identity.sealed", "identity.keyring")


def places(name):
    return [place for place in PLACES if os.path.exists(os.path.join(scratch(name), place))]


def unnamed(app):
    # What combo and entry rows of libadwaita draw in themselves has no names; the rows have.
    return [control for control in audit_names(app) if "GtkListView" not in control and "GtkImage" not in control]


def preferences(app):
    app.focus(MAIN)
    key("ctrl+comma")
    window = app.window("Preferences", active=True)
    app.resize("Preferences", 560, 860)
    return window


def type_secret(window, name, text):
    """What is in it cannot be read: what comes of it is looked at afterwards."""
    window.find("text", name).click()
    key("ctrl+a")
    type_text(text)


def type_twice(window, text):
    type_secret(window, "^Passphrase$", text)
    type_secret(window, "^The same again$", text)


def choose_file(app, title, path):
    """The toolkit's own dialog takes a path where a file's name is typed."""
    app.window(title, active=True)
    key("ctrl+l")
    key("ctrl+a")
    type_text(path)
    key("Return")
    app.await_closed(title)


def keyring_journey(tap, ring):
    with running("kept") as app:
        welcome(app, "Ada", NOBODY)
        peer_id = own_peer_id(app)
        tap.equal((places("kept"), len(ring.items)), (["identity.keyring"], 1),
                  "a new identity is in the keyring")
        window = preferences(app)
        window.find("list item", "^Secret key$")
        shot(app, "Preferences", "preferences-you")
        tap.equal(unnamed(app), [], "every control of the preferences has a name")
    ring.locked = True
    with running("kept") as app:
        app.window(MAIN)
        tap.equal((own_peer_id(app), ring.n_unlocked), (peer_id, 1), "a locked keyring is waited for")
    ring.leave()
    with running("kept") as app:
        app.find(None, "^Your keyring cannot be opened$")
        shot(app, MAIN, "no-keyring")
        ring.come_back()
        app.find("push button", "^Try Again$").click()
        app.find("push button", "^New Chat$")
        tap.equal((own_peer_id(app), places("kept")), (peer_id, ["identity.keyring"]),
                  "one that is gone is told of, and nothing takes its place")
    return peer_id


def passphrase_journey(tap, ring, peer_id):
    with running("kept") as app:
        preferences(app).find("list item", "^Secret key$").click()
        window = app.window("Secret Key", active=True)
        window.find("list item", "^In a file, under a passphrase$").click()
        type_twice(window, "abc")
        window.find(None, "^Weak")
        type_twice(window, PASSPHRASE)
        window.find(None, "^Strong")
        shot(app, "Secret Key", "secret-key")
        tap.equal(unnamed(app), [], "every control of the window has a name")
        window.find("push button", "^Apply$").click()
        app.await_closed("Secret Key")
        tap.equal((places("kept"), len(ring.items)), (["identity.sealed"], 0),
                  "the key is under a passphrase, and no more in the keyring")
    with running("kept") as app:
        window = app.window("Unlock Knothole", active=True)
        shot(app, "Unlock Knothole", "unlock")
        type_text("wrong")
        key("Return")
        window.find(None, "^This is not the passphrase")
        type_secret(window, "^Passphrase$", PASSPHRASE)
        key("Return")
        app.window(MAIN, active=True)
        tap.equal(own_peer_id(app), peer_id, "it opens with its passphrase, and with no other")
        backup(tap, app)


def backup(tap, app):
    preferences(app).find("list item", "^Back up…$").click()
    window = app.window("Back Up", active=True)
    type_twice(window, PASSPHRASE)
    shot(app, "Back Up", "back-up")
    window.find("push button", "^Back Up…$").click()
    choose_file(app, "Save the Backup", scratch("ada.backup"))
    window.find(None, "^Your backup is in")
    tap.ok(os.path.getsize(scratch("ada.backup")) > 1000, "a backup is saved where the user says")


def main():
    tap = Tap()
    ring = Keyring()

    def journey(tap):
        peer_id = keyring_journey(tap, ring)
        passphrase_journey(tap, ring, peer_id)

    run(tap, "identity", journey)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
