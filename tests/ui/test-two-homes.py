"""Two windows, each in a home of its own behind a Linux NAT, meet through the server and talk
directly. The screen is the host's; the network of each window is its home's.

usage: session.sh test-two-homes.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS
"""

import sys

from notifications import Notifications
import programs
from driver import key
from programs import MAIN, Server, Tap, await_message, meet, own_peer_id, send, shot, start_app

import lab as lab_module


def inside(namespace):
    return lambda: lab_module.setns(namespace.path)


def check_path(tap, app, home, other):
    """The chip's description names both ends of the path."""
    address = lab_module.GATEWAY_ADDRESS[other]
    wanted = f"Their side: \u2068{address}:"
    programs.wait(lambda: any(wanted in node.description
                              for node in app.root.find_all(None, "^direct", visible=False)),
                  lambda: f"{wanted!r}\n{app.dump()}")
    tap.ok(True, f"{home}'s path leads to the other's gateway")


def look_at_connection(app, chip, headline, picture):
    """From the chip to the connection view: what it says, what its drawing says, and back."""
    programs.press(app.find(None, chip))
    app.find("push button", "^Show How and Why$", visible=False).await_state("sensitive")
    key("alt+s")
    window = app.window("Connection", active=True)
    window.find("label", headline)
    drawing = window.find(None, "^Drawing of the connection$")
    shot(app, "Connection", "connection-" + picture)
    app.resize("Connection", 360, 640)
    shot(app, "Connection", f"connection-{picture}-narrow")
    said = drawing.description
    key("Escape")
    app.await_closed("Connection")
    return said


def check_relay(tap, lab, ada, grace):
    """The way between the homes goes, and comes back: the talk goes on, and the chip says how."""
    lab["core"].nft("""
        add rule inet core loss iifname "home-a" oifname "home-b" drop
        add rule inet core loss iifname "home-b" oifname "home-a" drop""")
    send(ada, "Grace – Knothole", "Something is in our way")
    await_message(grace, "^They: Something is in our way")
    send(grace, "Ada – Knothole", "Around it, then")
    await_message(ada, "^They: Around it, then")
    for app in (ada, grace):
        app.find(None, "^relayed")
    tap.ok(True, "where no direct path is left, the server relays")
    said = look_at_connection(ada, "^relayed", "(?i)relay", "relayed")
    tap.ok("The path over the server is in use." in said, "and the connection view says so", said)
    shot(ada, "Grace – Knothole", "relayed")
    lab.set_loss(0)
    for app in (ada, grace):
        app.find(None, "^direct")
    tap.ok(True, "and the direct path is taken again when it is there")


def journey(tap, lab):
    address = lab_module.SERVER_ADDRESS
    server = Server(address, lab_module.SERVER_PORT, before_exec=inside(lab["server"]))
    apps = {}
    for index, (home, name) in enumerate((("a", "Ada"), ("b", "Grace"))):
        app = start_app(name, before_exec=inside(lab["client-" + home]))
        programs.welcome(app, name, address)
        app.resize(MAIN, 690, 620)
        app.move(MAIN, 10 + index * 710, 40)
        apps[home] = app
    ada, grace = apps["a"], apps["b"]

    meet(tap, ada, grace, own_peer_id(grace), f"{address}, behind two NATs")
    check_path(tap, ada, "a", "b")
    check_path(tap, grace, "b", "a")
    send(ada, "Grace – Knothole", "Hello from behind my NAT")
    await_message(grace, "^They: Hello from behind my NAT")
    send(grace, "Ada – Knothole", "And hello from behind mine")
    await_message(ada, "^They: And hello from behind mine")
    await_message(ada, "^You: Hello from behind my NAT.*Read$")
    tap.ok(True, "messages arrive both ways")

    said = look_at_connection(ada, "^direct", "(?i)direct", "direct")
    tap.ok("from router to router is in use." in said, "the direct path is drawn", said)
    check_relay(tap, lab, ada, grace)

    # What was said of the whole of a peer: it works without the server once a session is up.
    server.stop()
    send(ada, "Grace – Knothole", "The server is gone, and we are not")
    await_message(grace, "^They: The server is gone")
    await_message(ada, "^You: The server is gone.*(Delivered|Read)$")
    tap.ok(True, "and without the server")

    shot(ada, "Grace – Knothole", "two-homes-a")
    shot(grace, "Ada – Knothole", "two-homes-b")
    programs.screen("two-homes")
    for home, app in apps.items():
        tap.equal(app.end(), 0, f"{home} ends when it is asked to")


def main():
    tap = Tap()
    Notifications()  # GLib warns where nobody shows them
    with lab_module.Lab() as lab:
        programs.run(tap, "two homes", lambda points: journey(points, lab))
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main))
