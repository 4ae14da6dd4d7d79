"""The secret key in each of its places, a backup and its restoring, and the preferences about oneself.

usage: session.sh test-identity.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS
"""

import os
import subprocess
import sys

import driver
from keyring import Keyring
from programs import (KNOTHOLE, MAIN, PEER_ID, TERM, Tap, audit_names, await_message, fill_new_chat, key,
                      own_peer_id, press, run, running, scratch, send, shot, type_text, wait, welcome)

NOBODY = "127.0.0.1:9"
PASSPHRASE = "correct horse battery staple"
# Since then a program can have something said.
SAYS = (4, 14)
PLACES = ("identity.key", "identity.sealed", "identity.keyring")


IN_KEYRING, IN_FILE = "^In the keyring of this desktop$", "^In a file without a passphrase"


def make_peer(name):
    return subprocess.run([TERM, "--data-dir", scratch(name), "--id"], text=True,
                          capture_output=True, check=True).stdout.strip()


def places(name):
    return [place for place in PLACES if os.path.exists(os.path.join(scratch(name), place))]


def unnamed(app):
    # What combo and entry rows of libadwaita draw in themselves has no names; the rows have.
    return [control for control in audit_names(app) if "GtkListView" not in control and "GtkImage" not in control]


class Heard:
    """What a screen reader is asked to say."""

    def __init__(self, app):
        self.says = app.version >= SAYS
        self.texts = []
        self.listener = driver.Atspi.EventListener.new(lambda event: self.texts.append(event.any_data))
        self.listener.register("object:announcement")

    def find(self, beginning):
        if self.says:
            wait(lambda: any(text.startswith(beginning) for text in self.texts),
                 lambda: f"{beginning!r} to be said, not {self.texts}")


def preferences(app, title=MAIN):
    app.focus(title)
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


def write_to(app, nobody):
    """Something to be backed up: a contact, and what was said."""
    app.focus(MAIN)
    fill_new_chat(app, nobody)
    app.find("push button", "^Connect$", ("sensitive",))
    key("Return")
    title = f"{nobody[:9]} – Knothole"
    app.window(title, active=True)
    send(app, title, "keep this in mind")
    await_message(app, "^You: keep this in mind")


def choose_recent(app, title):
    """The only file that was used of late. GTK 4.8's dialog for opening takes no typed path, and has no
    accessible rows: they are there when one of them has been opened."""
    app.window(title, active=True)

    def try_it():
        if all(node.name != title for node in app.root.children()):
            return True
        key("Down", "Return")
        return False
    wait(try_it, f"the window {title!r} to close")


def peer_id_with_chats(app):
    """Where there are some, it is in a popover."""
    press(app.find("push button", "^Your Peer ID$"))
    # In a window of its own, which has no place that the toolkit tells.
    shown = app.find("label", PEER_ID.pattern, visible=False)
    peer_id = PEER_ID.search(shown.name)[0]
    key("Escape")
    return peer_id


def leave_unasked(tap, ring):
    """A minute is what the user has for it; who leaves does not want it any more."""
    ring.locked, ring.is_user_there = True, False
    n_asked = ring.n_asked
    # pylint: disable-next=consider-using-with,subprocess-popen-preexec-fn
    app = subprocess.Popen([KNOTHOLE, "--data-dir", scratch("kept")], preexec_fn=driver.with_test())
    wait(lambda: ring.n_asked > n_asked, "the desktop to ask for the keyring")
    app.terminate()
    wait(lambda: app.poll() is not None, "an end without an answer")
    tap.equal((app.returncode, ring.asked), (0, []), "the app ends while the desktop asks for the keyring")
    ring.locked, ring.is_user_there = False, True


def keyring_journey(tap, ring, nobody):
    with running("kept") as app:
        app.window("Welcome to Knothole", active=True)
        app.find(None, IN_KEYRING)
        shot(app, "Welcome to Knothole", "welcome")
        welcome(app, "Ada", NOBODY)
        peer_id = own_peer_id(app)
        tap.equal((places("kept"), len(ring.items)), (["identity.keyring"], 1),
                  "a new identity is in the keyring")
        write_to(app, nobody)
        window = preferences(app, f"{nobody[:9]} – Knothole")
        window.find("list item", "^Secret key$")
        shot(app, "Preferences", "preferences-you")
        tap.equal(unnamed(app), [], "every control of the preferences has a name")
    ring.locked = True
    with running("kept") as app:
        app.window(MAIN)
        tap.equal((peer_id_with_chats(app), ring.n_unlocked), (peer_id, 1), "a locked keyring is waited for")
    leave_unasked(tap, ring)
    ring.leave()
    with running("kept") as app:
        app.find(None, "^Your keyring cannot be opened$")
        shot(app, MAIN, "no-keyring")
        ring.come_back()
        app.find("push button", "^Try Again$").click()
        app.find("push button", "^New Chat$")
        tap.equal((peer_id_with_chats(app), places("kept")), (peer_id, ["identity.keyring"]),
                  "one that is gone is told of, and nothing takes its place")
    return peer_id


def passphrase_journey(tap, ring, peer_id):
    with running("kept") as app:
        preferences(app).find("list item", "^Secret key$").click()
        window = app.window("Secret Key", active=True)
        window.find("list item", "^In a file, under a passphrase$").click()
        heard = Heard(app)
        type_twice(window, "abc")
        window.find(None, "^Weak")
        heard.find("Weak: ")
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
        tap.equal(peer_id_with_chats(app), peer_id, "it opens with its passphrase, and with no other")
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


def restore_journey(tap, ring, peer_id, nobody):
    """At the first start of another computer: all is there, and the key is asked about."""
    with running("restored") as app:
        app.window("Welcome to Knothole", active=True)
        app.find("push button", "^Restore a Backup…$").click()
        window = app.window("Restore a Backup", active=True)
        tap.equal(unnamed(app), [], "every control of the window has a name")
        window.find("push button", "^Choose…$").click()
        choose_recent(app, "Choose a Backup")
        window.find(None, "^ada.backup$")
        type_secret(window, "^Passphrase$", "wrong")
        key("Return")
        window.find(None, "^This is not the passphrase of this backup")
        shot(app, "Restore a Backup", "restore")
        type_secret(window, "^Passphrase$", PASSPHRASE)
        key("Return")
        window = app.window("Secret Key", active=True)
        window.find(None, "^Your identity is back")
        tap.equal(make_peer("restored"), peer_id, "a backup is restored at the first start")
        shot(app, "Secret Key", "restored")
        window.find("push button", "^Apply$", ("sensitive",)).click()
        app.await_closed("Secret Key")
        # The other one is of the first start, which is set aside.
        tap.equal((places("restored"), len(ring.items)), (["identity.keyring"], 2), "its key goes where one says")
        app.find("list item", f"^{nobody[:9]}, ").click()
        await_message(app, "^You: keep this in mind")
        tap.ok(True, "and contacts and messages are there")
    aside = [name for name in os.listdir(scratch("restored")) if name.startswith("set-aside-")]
    tap.equal(len(aside), 1, "what the first start had made is kept")


def without_keyring(tap, ring):
    """A desktop that has none: that is said, and all works."""
    ring.leave()
    with running("bare") as app:
        app.window("Welcome to Knothole", active=True)
        app.find(None, IN_FILE)
        shot(app, "Welcome to Knothole", "welcome-without-keyring")
        app.find("list item", "^Secret key$").click()
        window = app.window("Secret Key", active=True)
        window.find("list item", "^In the keyring$").click()
        window.find("push button", "^Apply$", ("sensitive",)).click()
        window.find(None, "^The keyring of this desktop did not take the key")
        shot(app, "Secret Key", "secret-key-refused")
        window.find("list item", "^In a file, under a passphrase$").click()
        type_twice(window, PASSPHRASE)
        window.find("push button", "^Apply$", ("sensitive",)).click()
        app.await_closed("Secret Key")
        app.find(None, "^In a file, under a passphrase$")
        tap.equal(places("bare"), ["identity.sealed"], "the first start says where the key is, and lets one choose")
        app.find("text", "^Your name").click()
        welcome(app, "Ada", NOBODY)
        peer_id = own_peer_id(app)
    with running("bare") as app:
        app.window("Unlock Knothole", active=True)
        type_text(PASSPHRASE)
        key("Return")
        app.window(MAIN, active=True)
        tap.equal(own_peer_id(app), peer_id, "and without a keyring it works all the same")


def main():
    tap = Tap()
    ring = Keyring()

    def journey(tap):
        nobody = make_peer("nobody")
        peer_id = keyring_journey(tap, ring, nobody)
        passphrase_journey(tap, ring, peer_id)
        restore_journey(tap, ring, peer_id, nobody)
        without_keyring(tap, ring)

    run(tap, "identity", journey)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
