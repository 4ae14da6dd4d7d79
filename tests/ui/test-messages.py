"""Messages as they are shown: links, emoji, what is new, the way to the end, and the menu.

usage: session.sh test-messages.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS
"""

import collections
import functools
import itertools
import subprocess
import sys

from driver import CLIP, SAYS_SHOWING, xdo
from programs import (Server, Tap, TermPeer, audit_names, await_message, composer, key, press, run,
                      running, screen, send, shot, type_text, wait)

CHAT = "Grace – Knothole"
# WCAG 2.1, success criterion 1.4.3.
CONTRAST_MIN = 4.5
# See session.sh.
SCREEN_WIDTH = 1440


def links(tap, app, grace):
    grace.say("Look at https://www.bank.example@evil.example/login?x=<b> now.")
    item = await_message(app, "^They: Look at https://www.bank")
    # The label's link is no widget of its own in the tree: it is reached by keyboard, and pointed at where
    # boxes are right (newer toolkits leave out of them what the widgets around have as padding).
    item.click()
    item.await_state("focused")
    key("Tab", "Tab", "Return")
    decline_link(app)
    if app.version < SAYS_SHOWING:
        x, y, width, height = item.find("label", "^Look at https").box()
        left, top = app.origin(CHAT)
        xdo("mousemove", left + x + min(width // 2, 140), top + y + height // 2, "click", 1)
        decline_link(app)
    tap.ok(True, "a link says which host it really leads to")


def decline_link(app):
    app.find("label", "^It leads to .?evil.example.?\\.")
    dialog = app.find("label", "^Open this link").toplevel()
    shot(app, dialog.name, "link-dialog")
    key("Escape")
    app.await_absent("label", "^Open this link")
    app.window(CHAT, active=True)


def emoji(tap, app, grace):
    grace.say("🎉👍")
    await_message(app, "^They: 🎉👍")
    send(app, CHAT, "❤️")
    await_message(app, "^You: ❤️.*(Delivered|Read)$")
    grace.say("A longer text, of the kind that people write when they have something to say: it "
              "takes more lines than one, and its time is below it.")
    await_message(app, "^They: A longer text")
    shot(app, CHAT, "messages")
    tap.ok(True, "emoji alone are shown as they are meant")


def menu(tap, app):
    item = app.find("list item", "^They: A longer text")
    item.click()
    key("shift+F10")
    app.find("menu item", "Copy Text", visible=False)
    screen("message-menu")
    key("c")
    box = composer(app)
    box.click()
    box.await_state("focused")
    key("ctrl+v")
    wait(lambda: box.text.startswith("A longer text"), "the copied text")
    key("ctrl+a")
    key("BackSpace")
    wait(lambda: box.text == "", "an empty composer")
    tap.ok(True, "a message is copied by its menu, with the keyboard")


def open_menu(app, pattern):
    app.find("list item", pattern).click()
    key("shift+F10")
    app.find("menu item", "Delete|Take Back", visible=False)


def reply_and_edit(tap, app):
    open_menu(app, "^They: A longer text")
    key("r")
    app.find("label", "^Reply to .?Grace")
    shot(app, CHAT, "reply-bar")
    send(app, CHAT, "Indeed it does.")
    await_message(app, "^You: Indeed it does.*answers: A longer text")
    tap.ok(True, "a reply shows what it answers")
    key("Up")
    box = composer(app)
    wait(lambda: box.text == "Indeed it does.", "the last message to be edited")
    app.find("label", "^Edit your message$")
    key("ctrl+a")
    type_text("Indeed it does!")
    key("Return")
    await_message(app, "^You: Indeed it does!.*, edited")
    tap.ok(True, "the last message is edited by Up")


@functools.cache
def luminance(pixel):
    """WCAG 2.1, relative luminance."""
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
              for value in (byte / 255 for byte in pixel)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(pixels):
    """Of what stands out most to what there is most of."""
    counted = collections.Counter(pixels)
    ground = luminance(counted.most_common(1)[0][0])
    return max((max(ground, other) + 0.05) / (min(ground, other) + 0.05)
               for other in map(luminance, counted))


def contrasts(app, labels):
    """Of each, as the pixels of their boxes have it. Newer toolkits leave the paddings around a
    widget out of its place: of those that all may be at, it is the first where they can be read, or
    else the best."""
    left, top = app.origin(CHAT)
    data = subprocess.run(["import", "-window", "root", "-depth", "8", "rgb:-"], check=True,
                          capture_output=True).stdout
    pixels = list(zip(data[::3], data[1::3], data[2::3], strict=True))
    boxes = [label.box() for label in labels]
    best = [0]
    for dx, dy in itertools.product(range(0, CLIP, 2), repeat=2):
        found = [contrast(pixels[line * SCREEN_WIDTH + column]
                          for line in range(top + y + dy, top + y + dy + height)
                          for column in range(left + x + dx, left + x + dx + width))
                 for x, y, width, height in boxes]
        best = max(best, found, key=min)
        if min(best) >= CONTRAST_MIN:
            break
    return best


def legible(tap, app):
    for pattern in ("^You: Indeed it does!", "^They: A longer text", "^Grace, "):
        labels = [label for label in app.find("list item", pattern).find_all("label") if len(label.name) > 1]
        found = contrasts(app, labels)
        tap.ok(len(labels) >= 2 and min(found) >= CONTRAST_MIN, f"{pattern} can be read",
               list(zip(labels, found, strict=True)))


def react_and_delete(tap, app):
    open_menu(app, "^They: A longer text")
    key("t")
    app.find("menu item", "👍", visible=False)
    # The first item of a submenu leads back.
    key("Down", "Return")
    await_message(app, "^They: A longer text.*you reacted with 👍")
    shot(app, CHAT, "reply-and-reaction")
    press(app.find("push button", "^you reacted with 👍$"))
    await_message(app, "^They: A longer text.*[0-9]$")
    tap.ok(True, "a reaction is left, and taken back")
    open_menu(app, "^You: Indeed it does!")
    key("d")
    app.find("push button", "^Delete for Both$").click()
    await_message(app, "^You: This message was deleted")
    shot(app, CHAT, "deleted")
    tap.ok(True, "an own message is deleted on both sides")


def connection(tap, app):
    composer(app).click()
    key("alt+Left")
    app.find("list item", "^Grace, ").await_state("focused")
    key("shift+F10")
    app.find("menu item", "Connection", visible=False)
    key("c")
    window = app.window("Connection", active=True)
    window.find("label", "(?i)direct|computers")
    window.find("list item", "(?i)network|path|packet|address", visible=False)
    shot(app, "Connection", "connection")
    tap.equal(audit_names(app), [], "every control of the connection view has a name")
    window.find("push button", "^Copy Report$").click()
    window.find("label", "^Copied. It has the addresses")
    window.find("push button", "^Close$").click()
    app.await_closed("Connection")
    box = composer(app)
    box.click()
    key("ctrl+v")
    wait(lambda: "Grace" in box.text and "\n" in box.text, "the report")
    key("ctrl+a")
    key("BackSpace")
    wait(lambda: box.text == "", "an empty composer")
    tap.ok(True, "how one is connected is drawn, said, and copied")


def shortcuts(tap, app):
    key("ctrl+question")
    window = app.window("Keyboard shortcuts", active=True)
    window.find("label", "^New chat$", visible=False)
    shot(app, window.name, "shortcuts")
    keys = [node.name for node in window.find_all("label", "^Ctrl$", visible=False)]
    tap.ok(len(keys) >= 5, "the shortcuts of actions are shown", keys)
    key("Escape")
    app.window(CHAT, active=True)


def far_away(tap, app, grace):
    """The reader is up in the history: what comes does not move it, and a button leads to it."""
    grace.say(*(f"new {number}" for number in range(40)))
    await_message(app, "^They: new 39")
    app.find("list item", "^They: new 3[0-9]").click()
    for _ in range(4):
        key("Page_Up")
    jump = app.find("push button", "^Newest Message$")
    grace.say("you will not see this yet")
    app.find("label", "^1$")
    shot(app, CHAT, "jump")
    tap.ok(True, "what comes meanwhile is counted")
    jump.click()
    wait(lambda: await_message(app, "^They: you will not see this yet").is_visible(),
         "the newest message to be in sight")
    app.await_absent("push button", "^Newest Message$")
    tap.ok(True, "and a button leads to it")


def long_message(tap, app, grace):
    """One that is higher than the view is read by the keyboard alone, and left."""
    app.resize(CHAT, 500, 400)
    grace.say("And a tall tale: " + "once upon a time there was an oak, " * 35 + "the end.")
    item = await_message(app, "^They: And a tall tale")
    wait(lambda: item.box()[3] > 400, "a message that is higher than the window")
    left, top = app.origin(CHAT)
    x, y, width, height = item.box()
    xdo("mousemove", left + x + width - 20, top + y + height - 20, "click", 1)
    item.await_state("focused")
    for keys in ("Page_Up", "Page_Down", "Page_Up"):
        before = item.box()[1]
        key(keys)
        wait(lambda before=before, is_up=keys == "Page_Up": (item.box()[1] > before) == is_up and
             item.box()[1] != before, f"{keys} to scroll")
    key("Page_Up")
    app.find("list item", "^They: you will not see").await_state("focused")
    tap.ok(True, "a message that is higher than the window is paged through, and left")


def main():
    tap = Tap()
    server = Server()
    grace = TermPeer("Grace", server)

    def journey(tap):
        with running("Ada", "--server", str(server), "--name", "Ada", grace.peer_id) as app:
            app.find(None, "^direct")
            app.window(CHAT, active=True)
            app.resize(CHAT, 1000, 700)
            links(tap, app, grace)
            emoji(tap, app, grace)
            menu(tap, app)
            connection(tap, app)
            reply_and_edit(tap, app)
            legible(tap, app)
            react_and_delete(tap, app)
            shortcuts(tap, app)
            far_away(tap, app, grace)
            long_message(tap, app, grace)
            tap.equal(audit_names(app), [], "every control has a name")

    run(tap, "messages", journey)
    tap.equal(grace.end(), 0, "the other side has sent all")
    server.stop()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
