"""The list of chats and what can be done with each: search, pin, mute, archive, drafts, details.

usage: session.sh test-chats.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS
"""

import sys

from driver import xdo
from programs import (MAIN, Server, Tap, TermPeer, audit_names, await_message, composer, key, run, running,
                      screen, send, shot, type_into, type_text, wait)

GRACE = "Grace – Knothole"
LINUS = "Linus – Knothole"
# More than are loaded at once.
LINES = 80


def open_chat(app, name):
    app.find("list item", f"^{name}, ").click()
    app.window(f"{name} – Knothole")


def search(tap, app):
    key("ctrl+f")
    entry = app.find("entry", "^Search$").await_state("focused")
    app.find(None, "^Find people by their name")
    type_into(entry, "quick")
    found = app.find("list item", "^Grace, .*quick brown fox")
    shot(app, LINUS, "search")
    tap.equal(audit_names(app), [], "every control of the search has a name")
    key("ctrl+a")
    type_text("gra")
    app.find("list item", "^Grace, connected")
    tap.ok(True, "names are found too")
    key("ctrl+a")
    type_text("zebra")
    app.find(None, "^Nothing Found$")
    shot(app, LINUS, "search-nothing")
    key("ctrl+a")
    type_text("quick")
    found = app.find("list item", "^Grace, .*quick brown fox")
    found.click()
    app.window(GRACE)
    wait(lambda: await_message(app, "^They: The quick brown fox").is_visible(),
         "the message that was found to be in sight")
    app.find("push button", "^Newest Message$")
    shot(app, GRACE, "search-jump")
    tap.ok(True, "a found message is gone to, however far up it is")
    app.find("push button", "^Newest Message$").click()
    wait(lambda: await_message(app, f"^They: line {LINES - 1}").is_visible(), "the newest message")
    tap.ok(True, "and the newest is a button away")
    key("ctrl+f")
    entry.await_state("focused")
    key("Escape")
    app.find("list item", "^Linus, connected")


def drafts(tap, app):
    composer(app).click()
    type_text("not yet sent")
    open_chat(app, "Linus")
    app.find("list item", "^Grace, connected, Draft: not yet sent")
    shot(app, LINUS, "draft")
    composer(app).click()
    type_text("in two minds")
    tap.equal(app.end(), 0, "the window ends when it is asked to")


def shared_with_the_display(app):
    """Bytes, of frames that were drawn."""
    count, counts = 0, False
    with open(f"/proc/{app.process.pid}/smaps", encoding="utf-8") as file:
        for line in file:
            if not line[0].isupper():
                counts = "/SYSV" in line
            elif counts and line.startswith("Rss:"):
                count += int(line.split()[1]) * 1024
    return count


def no_chat_open(tap, app):
    app.find("label", "^Choose a chat, or begin one$")
    app.find("push button", "^New Chat$")
    tap.equal(list(app.root.find_all("push button", "^_?Copy Peer ID$")), [],
              "somebody with chats is not shown their own ID")
    app.find("push button", "^Your Peer ID$").click()
    app.find("push button", "^_?Copy Peer ID$", visible=False)
    key("Escape")
    tap.ok(True, "and has it behind a button")
    shot(app, MAIN, "no-chat-open")


def drafts_again(tap, app):
    app.window(MAIN, active=True)
    app.resize(MAIN, 1000, 700)
    app.find("list item", "^Linus, .*Draft: in two minds")
    no_chat_open(tap, app)
    open_chat(app, "Grace")
    wait(lambda: composer(app).text == "not yet sent", "the draft in the composer")
    tap.ok(True, "what one began to write is there again after a restart")
    wait(lambda: shared_with_the_display(app) < 300_000, "the last frame to be given back")
    tap.ok(True, "a window at rest keeps no frame")
    composer(app).click()
    key("ctrl+a")
    key("BackSpace")


def choose(app, chat, mnemonic):
    """From the menu of the chat's row, by keyboard alone."""
    row = app.find("list item", f"^{chat}, ")
    row.click()
    composer(app).await_state("focused")
    key("alt+Left")
    row.await_state("focused")
    key("shift+F10")
    app.find("menu item", "Keep on Top", visible=False)
    screen("chat-menu")
    key(mnemonic)


def flags(tap, app):
    choose(app, "Linus", "t")
    app.find("list item", "^Linus, .*, kept on top$")
    names = [node.name for node in app.root.find_all("list item", "^(Linus|Grace), ")]
    tap.ok(names[0].startswith("Linus"), "what is kept on top is on top", names)
    choose(app, "Linus", "m")
    app.find("list item", "^Linus, .*, muted$")
    choose(app, "Grace", "n")
    app.find("list item", "^Grace, .*, marked unread$")
    shot(app, GRACE, "flags")
    tap.ok(True, "muted, and marked unread")
    choose(app, "Linus", "a")
    app.await_absent("list item", "^Linus, ")
    app.find(None, "^1 Archived Chat$").click()
    app.find("list item", "^Linus, .*, archived$")
    shot(app, LINUS, "archived")
    choose(app, "Linus", "a")
    app.await_absent(None, "Archived Chat")
    tap.ok(True, "an archived chat is out of sight, and found again")


def details(tap, app):
    choose(app, "Grace", "d")
    window = app.window("Details", active=True)
    window.find("label", r"^(\d{5} ?\n?){12}$")
    shot(app, "Details", "details")
    tap.equal(audit_names(app), [], "every control of the details has a name")
    entry = window.find("text", "^Your name for them")
    entry.click()
    key("ctrl+a")
    type_text("Rear Admiral Hopper")
    key("Return")
    window.find("label", "calls themselves .?Grace")
    app.find("list item", "^Rear Admiral Hopper, ", visible=False)
    tap.ok(True, "a contact is given another name")
    window.find("list item", "^Compared").click()
    wait(lambda: any("checked" in node.states for node in window.walk()), "the switch to be on")
    shot(app, "Details", "details-verified")
    tap.ok(True, "and the safety number is compared")
    app.resize("Details", 460, 840)
    left, top = app.origin("Details")
    xdo("mousemove", left + 230, top + 420, "click", "--repeat", 30, 5)
    window.find("push button", "^Clear History…$").click()
    app.find("push button", "^Clear$").click()
    window.find("push button", "^Close$").click()
    app.await_closed("Details")
    app.await_absent("list item", f"^They: line {LINES - 1}")
    app.find("list item", "^Rear Admiral Hopper, connected, No messages yet")
    tap.ok(True, "its history is cleared")


def remove(tap, app):
    choose(app, "Linus", "l")
    app.find("push button", "^Delete$").click()
    app.await_absent("list item", "^Linus, ")
    tap.ok(True, "a chat is deleted")


def keep_width(tap, app, server):
    """Nothing jumps where there is suddenly something to say."""
    width = app.find("list", "^Chats$").size()[0]
    server.stop()
    app.find(None, "^No server is running")
    tap.equal(app.find("list", "^Chats$").size()[0], width, "a notice leaves the width of the chats alone")


def main():
    tap = Tap()
    server = Server()
    grace = TermPeer("Grace", server)
    linus = TermPeer("Linus", server)

    def journey(tap):
        start = ("Ada", "--server", str(server), "--name", "Ada")
        with running(*start, grace.peer_id) as app:
            app.find(None, "^direct")
            app.window(GRACE, active=True)
            app.resize(GRACE, 1000, 700)
            grace.say("The quick brown fox jumps over the lazy dog",
                      *(f"line {number}" for number in range(LINES)))
            await_message(app, f"^They: line {LINES - 1}")
        with running(*start, linus.peer_id) as app:
            app.find("list item", "^Linus, connected")
            app.window(LINUS, active=True)
            app.resize(LINUS, 1000, 700)
            app.find("list item", "^Grace, connected")
            search(tap, app)
            drafts(tap, app)
        with running(*start) as app:
            drafts_again(tap, app)
            flags(tap, app)
            details(tap, app)
            remove(tap, app)
            keep_width(tap, app, server)

    run(tap, "chats", journey)
    for peer in (grace, linus):
        peer.leave()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
