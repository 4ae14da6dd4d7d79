"""Takes the pictures of the README and of app stores, of the real app with people in it.

usage: session.sh screenshots.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM FOLDER

    tests/ui/session.sh /usr/bin/python3 tests/ui/screenshots.py build/src/app/knothole \\
        build/server/knotholed build/src/term/knothole-term data/screenshots
"""

import os
import subprocess
import sys

from programs import (MAIN, SHOTS, Server, TermPeer, await_message, composer, fill_new_chat, key,
                      own_peer_id, running, send, shot)

CHAT = "Grace – Knothole"
COLOURS = 160
# What the window manager draws around a window.
BORDER = "5x5"


def say(app, peer, text):
    peer.say(text)
    await_message(app, text)


def talk(app, grace):
    say(app, grace, "I have left you something in the old oak.")
    send(app, CHAT, "The one by the fence? Nobody ever looks there.")
    say(app, grace, "That is the idea. Nobody but the two of us.")
    send(app, CHAT, "On my way. How do I find the right branch?")
    say(app, grace, "Left of the knothole, as high as you can reach.")
    send(app, CHAT, "Found it! Thank you.")
    app.find("list item", "^You: Found it.*(Read|Delivered)", visible=False)


def small(name):
    """The palette of such a window is soon told."""
    path = os.path.join(SHOTS, name + ".png")
    subprocess.run(["convert", path, "-strip", "-shave", BORDER, "+repage", "+dither", "-colors", str(COLOURS), "-define",
                    "png:compression-level=9", "PNG8:" + path], check=True)


def take(app, title, name):
    shot(app, title, name)
    small(name)


def callers(app, server):
    """Others who are in the list, with something to say."""
    peer_id = own_peer_id(app)
    for name, text in (("Lin", "See you at noon"), ("Bob", "The ladder is in the shed")):
        peer = TermPeer(name, server, peer_id)
        app.find("push button", f"^Accept {name}$").click()
        app.window(f"{name} – Knothole")
        peer.say(text)
        await_message(app, text)
        yield peer


def main():
    server = Server()
    grace = TermPeer("Grace", server)
    with running("Ada", "--server", str(server), "--name", "Ada") as app:
        app.window(MAIN, active=True)
        app.resize(MAIN, 880, 560)
        others = list(callers(app, server))
        fill_new_chat(app, grace.peer_id)
        app.find("push button", "^Connect$", ("sensitive",)).click()
        app.window(CHAT, active=True)
        app.find(None, "^direct")
        talk(app, grace)
        take(app, CHAT, "chat")
        app.find(None, "^direct").click()
        app.find("push button", "^Show How and Why$", visible=False).await_state("sensitive")
        key("alt+s")
        app.window("Connection", active=True)
        app.resize("Connection", 560, 620)
        app.find(None, "^Drawing of the connection$")
        take(app, "Connection", "connection")
        key("Escape")
        app.await_closed("Connection")
        app.resize(CHAT, 360, 640)
        composer(app).click()
        composer(app).await_state("focused")
        take(app, CHAT, "narrow")
        for peer in (grace, *others):
            peer.leave()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
