"""What others send and call themselves: nothing breaks, overflows, or is taken for the app's own words.

usage: session.sh test-hostile.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS FILL

FILL is tests/bench/app/fill. 200 people with names and messages from naughty-strings.txt, 500
messages each, are there at once; the window is as narrow as it gets. A warning of GTK's ends it.
"""

import json
import os
import subprocess
import sys

from programs import MAIN, Tap, await_message, composer, key, run, running, scratch, shot, wait

FILL = sys.argv[5]
PEOPLE, EACH = 200, 500
NARROW, HIGH = 360, 600
# KH_TEXT_MAX
LONGEST = 65536


def strings():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "naughty-strings.txt")
    with open(path, encoding="ascii") as file:
        return [json.loads(line) for line in file if line.startswith('"')]


def fill(name, texts):
    """Returns the peer ID of the first of those people."""
    path = scratch(name)
    os.makedirs(path, mode=0o700)
    with open(scratch("texts"), "wb") as file:
        for text in texts:
            file.write(text.encode() + b"\0")
    return subprocess.run([FILL, path, str(PEOPLE), str(EACH), str(EACH), scratch("texts")],
                          check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def outside(window):
    """What is drawn over the left or the right edge of the window."""
    found = []
    # Newer toolkits count from inside of the window's border, and count that too.
    edge = min(window.box()[0], 0)
    for node in list(window.walk()):
        if node.accessible.get_component_iface() is None or node.is_toplevel():
            continue
        # Newer toolkits say of each page of a stack that it shows, with the box that it had last, or
        # with none; there is nothing in it where it does not.
        if node.role == "panel" and next(node.children(), None) is None:
            continue
        left, top, width, height = node.box()
        left -= edge
        if (width > 0 and height > 0 and 0 <= top < HIGH and
                (left < -1 or left + width > NARROW + 1) and node.is_visible()):
            found.append((node, node.box()))
    return found


def chat_window(app):
    return wait(lambda: next((child for child in app.root.children() if " – " in child.name), None),
                "the chat")


def main():
    tap = Tap()
    naughty = strings()
    # Each conversation ends with the longest and some that a window shows with it.
    texts = (naughty * EACH)[:EACH - 5] + ["W" * LONGEST] + naughty[:4]

    def journey(tap):
        first = fill("hostile", texts)
        with running("hostile", "--server", "127.0.0.1:9", "--name", "Ada", first) as app:
            window = chat_window(app)
            title = window.name
            app.resize(title, NARROW, HIGH)
            tap.equal(window.size()[0], NARROW, "the window is as narrow as ever")
            shot(app, title, "hostile-chat")
            tap.equal(outside(window), [], "nothing in the chat is wider than the window")
            await_message(app, "^(You|They): ")
            entry = composer(app)
            entry.click()
            entry.insert("still here")
            wait(lambda: entry.text.endswith("still here"), "the composer to take words")
            tap.ok(True, "one can write below the longest of words")
            seen = [node.name for node in app.root.find_all("label", visible=False)]
            wanted = [text for text in naughty[:4] if text.startswith(("<b>", "</span>", "%s"))]
            tap.equal([text for text in wanted if text not in seen], [],
                      "markup and formats are shown letter by letter")
            for _ in range(6):
                key("Page_Up")
            tap.equal(outside(window), [], "nor is what is further up")
            key("alt+Left")
            app.window(MAIN)
            chats = app.find("list", "^Chats$")
            rows = wait(lambda: list(chats.find_all("list item", visible=False)), "the chats")
            tap.ok(len(rows) < PEOPLE, "there are rows for the chats in sight, and no more", len(rows))
            tap.equal(outside(app.window(MAIN)), [], "no name is wider than the window")
            shot(app, MAIN, "hostile-list")

    run(tap, "hostile", journey)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
