"""The servers: how one stands with each, its key, a test of it, and a key that has changed.

usage: session.sh test-servers.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS
"""

import sys

from programs import MAIN, Server, Tap, audit_names, key, own_peer_id, run, running, shot


def open_servers(app):
    app.focus(MAIN)
    key("F10")
    app.find("menu item", "^Servers$", visible=False)
    key("e")
    return app.window("Servers", active=True)


def open_server(app, server, state):
    window = open_servers(app)
    app.resize("Servers", 360, 480)
    window.find("list item", f"^{server}, {state}").click()
    page = app.window("Server", active=True)
    app.resize("Server", 360, 800)
    return page


def close_both(tap, app):
    for title in ("Server", "Servers"):
        app.focus(title)
        key("Escape")
        app.await_closed(title)
    tap.ok(True, "Escape closes both windows")


def look(tap, app, server):
    page = open_server(app, server, r"Online, [\d.]+ ms · your own$")
    shot(app, "Servers", "servers")
    page.find("label", r"^[\w-]{6}( [\w-]{1,6})+$")
    page.find("push button", "^Test This Server$").click()
    page.find("list item", "^Key: The one you know$", visible=False)
    page.find("list item", r"^Round trip: [\d.]+ ms$", visible=False)
    page.find("list item", "^UDP: Works", visible=False)
    page.find("list item", "^Relay: Up to ", visible=False)
    page.find("list item", "^IPv4: Works; the server sees you at 127.0.0.1:", visible=False)
    tap.ok(True, "a test says in words how the server is reached")
    shot(app, "Server", "server-tested")
    tap.equal(audit_names(app), [], "every control of the servers has a name")
    close_both(tap, app)


def changed_key(tap, app, server):
    server.stop()
    server.start(state="another-key")
    app.find(None, "^The server is not the one you know$")
    page = open_server(app, server, "Its key has changed · your own$")
    page.find("label", "^Shows this key now$", visible=False)
    shot(app, "Server", "server-changed")
    page.find("push button", "^Test This Server$").click()
    page.find("list item", "^Key that it shows now: ", visible=False)
    tap.ok(True, "a test of a server with another key shows that key")
    page.find("push button", "^Trust New Key…$").click()
    app.find("label", "^Trust the server’s new key", visible=False)
    app.find("push button", "^Trust New Key$").click()
    page.find("label", "^Online, ")
    tap.ok(True, "another key is accepted where it is shown")
    close_both(tap, app)


def main():
    tap = Tap()
    server = Server()

    def journey(tap):
        with running("Ada", "--server", str(server), "--name", "Ada") as app:
            app.window(MAIN, active=True)
            own_peer_id(app)
            look(tap, app, server)
            changed_key(tap, app, server)

    run(tap, "servers", journey)
    server.stop()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
