"""What can go wrong is told in the window, in words of its own, and nothing is lost.

usage: session.sh test-failures.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS
"""

import contextlib
import ctypes
import glob
import os
import random
import secrets
import socket
import sqlite3
import subprocess
import sys

import driver
from notifications import Notifications
from programs import (MAIN, TERM, Server, Tap, TermPeer, audit_names, await_message, free_port, key, own_peer_id, run,
                      press, running, scratch, send, shot, start_app, type_into, wait)


CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
BUSY_ROUNDS, BUSY_MESSAGES = 4, 30
MS_RDONLY, MS_REC, MS_PRIVATE = 1, 0x4000, 1 << 18

_libc = ctypes.CDLL(None, use_errno=True)


def database(name):
    found = glob.glob(os.path.join(scratch(name), "*.db"))
    assert len(found) == 1, found
    return found[0]


def make_peer(name):
    return subprocess.run([TERM, "--data-dir", scratch(name), "--id"], text=True,
                          capture_output=True, check=True).stdout.strip()


def server_problems(tap):
    refused = f"127.0.0.1:{free_port()}"
    with running("refused", "--server", refused, "--name", "Ada") as app:
        app.find(None, "^No server is running there$")
        app.find("push button", "^Change Server…$")
        shot(app, MAIN, "server-refused")
        tap.equal(audit_names(app), [], "every control has a name")
    tap.ok(True, "nothing listens at the server's port")

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with running("silent", "--server", f"127.0.0.1:{silent.getsockname()[1]}",
                     "--name", "Ada") as app:
            app.find(None, "^The server does not answer$")
    tap.ok(True, "the server is silent")

    with running("resolve", "--server", "nowhere.invalid", "--name", "Ada") as app:
        app.find(None, "^The server’s name is not known$")
    tap.ok(True, "the server's name is not known")


def wrong_server_is_changed(tap):
    server = Server(state="changed-to")
    with running("changing", "--server", f"127.0.0.1:{free_port()}", "--name", "Ada") as app:
        app.find("push button", "^Change Server…$").click()
        dialog = app.window("Name and Server", active=True)
        entry = dialog.find("text", "^Server")
        entry.click()
        key("ctrl+a")
        type_into(entry, str(server))
        key("Return")
        app.await_closed("Name and Server")
        app.await_absent(None, "^No server is running there$")
    tap.ok(True, "another server is chosen where the first is complained about")
    server.stop()


def peer_offline(tap):
    server = Server(state="offline")
    nobody = make_peer("nobody")
    with running("waiting", "--server", str(server), "--name", "Ada", nobody) as app:
        title = f"{nobody[:9]} – Knothole"
        app.window(title)
        app.find(None, "^Not online$")
        app.find(None, "^waiting for ")
        send(app, title, "Are you there?")
        await_message(app, "^You: Are you there.*Waiting to be sent$")
        shot(app, title, "peer-offline")
    with running("waiting") as app:
        app.find("list item", f"^{nobody[:9]}, ").click()
        await_message(app, "^You: Are you there.*Waiting to be sent$")
    tap.ok(True, "who is not online is waited for, and the message is kept")
    server.stop()


def second_instance(tap):
    with running("twice", "--server", "127.0.0.1:9", "--name", "Ada") as first:
        first.window(MAIN)
        with running("twice") as second:
            second.find(None, "^Knothole is already running$")
            second.find("push button", "^Try Again$").await_state("focused")
            shot(second, MAIN, "second-instance")
            tap.equal(audit_names(second), [], "every control of the status page has a name")
            first.end()
            second.focus(MAIN)
            key("Return")
            second.find("push button", "^New Chat$")
    tap.ok(True, "a second window on one folder says so, and goes on when the first has ended")


def newer_database(tap):
    make_peer("newer")
    with running("newer", "--server", "127.0.0.1:9", "--name", "Ada") as app:
        app.window(MAIN)
        peer_id = own_peer_id(app)
    with contextlib.closing(sqlite3.connect(database("newer"))) as connection:
        version = connection.execute("pragma user_version").fetchone()[0]
        connection.execute("pragma user_version = 9999")
        connection.commit()
    with running("newer") as app:
        app.find(None, "^Your history was written by a newer Knothole$")
        shot(app, MAIN, "newer-database")
    with contextlib.closing(sqlite3.connect(database("newer"))) as connection:
        connection.execute(f"pragma user_version = {version}")
        connection.commit()
    with running("newer") as app:
        app.window(MAIN)
        tap.equal(own_peer_id(app), peer_id, "a newer history is refused and left as it is")


def damaged_database(tap):
    with running("damaged", "--server", "127.0.0.1:9", "--name", "Ada") as app:
        app.window(MAIN)
        peer_id = own_peer_id(app)
    path = database("damaged")
    for leftover in (path + "-wal", path + "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(leftover)
    with open(path, "r+b") as file:
        file.write(b"this is no database" * 100)
    with running("damaged") as app:
        app.find(None, "^Your history is damaged$")
        shot(app, MAIN, "damaged-database")
        app.find("push button", "^Set It Aside$").click()
        # The name and the server were in it, the identity was not.
        app.window("Welcome to Knothole", active=True)
        type_into(app.find("text", "^Your name"), "Ada")
        key("Tab")
        type_into(app.find("text", "^Server"), "127.0.0.1:9")
        key("Return")
        app.window(MAIN)
        tap.equal(own_peer_id(app), peer_id, "a damaged history is set aside, the identity stays")
    kept = [name for name in os.listdir(scratch("damaged"))
            if open(os.path.join(scratch("damaged"), name), "rb").read(19) == b"this is no database"]
    tap.equal(len(kept), 1, "and a copy of it is kept")


def fill_up(path):
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def on_small_disk(name, flags, options="size=64k", full=True):
    """For before_exec: the data folder is a disk of its own, which nobody else sees."""
    path = scratch(name)
    os.makedirs(path, mode=0o700)

    def prepare():
        done = (_libc.unshare(CLONE_NEWNS),
                _libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None),
                _libc.mount(b"tmpfs", path.encode(), b"tmpfs", flags,
                            options.encode() + b",mode=0700"))
        assert done == (0, 0, 0), os.strerror(ctypes.get_errno())
        if full and not flags & MS_RDONLY:
            fill_up(path + "/full")
    return prepare


def disk_troubles(tap):
    for name, flags, title in (("full-disk", 0, "^The disk is full$"),
                               ("read-only", MS_RDONLY, "^Your data folder cannot be written to$")):
        if os.geteuid() != 0:
            tap.ok(True, f"{name} # SKIP a disk of its own needs root")
            continue
        with running(name, "--server", "127.0.0.1:9", "--name", "Ada",
                     before_exec=on_small_disk(name, flags)) as app:
            app.find(None, title)
            app.find("push button", "^Try Again$")
            shot(app, MAIN, name)
        tap.ok(True, f"{name}: the window says so, and offers to try again")


def disk_fills_up(tap):
    """While one writes: nothing is lost, not even what was just typed."""
    if os.geteuid() != 0:
        tap.ok(True, "disk_fills_up # SKIP a disk of its own needs root")
        return
    nobody = make_peer("nobody-full")
    with running("filling", "--server", "127.0.0.1:9", "--name", "Ada", nobody,
                 before_exec=on_small_disk("filling", 0, "size=4m", full=False)) as app:
        title = f"{nobody[:9]} – Knothole"
        app.window(title)
        send(app, title, "while there was room")
        await_message(app, "^You: while there was room")
        filler = os.path.join(f"/proc/{app.process.pid}/root", scratch("filling").lstrip("/"), "filler")
        fill_up(filler)
        app.focus(title)
        entry = app.find("text", "^Message$")
        entry.click()
        words = "long " * 2000
        entry.insert(words)
        key("Return")
        app.find(None, "^The disk is full$")
        wait(lambda: entry.text.strip() == words.strip(), "the words to be back where they were typed")
        shot(app, title, "disk-fills-up")
        os.unlink(filler)
        key("Return")
        await_message(app, "^You: long long")
        await_message(app, "^You: while there was room")
    tap.ok(True, "a disk that fills up is told where one writes, and the words are kept")


def texts(folder, outgoing):
    with contextlib.closing(sqlite3.connect(f"file:{database(folder)}?mode=ro", uri=True)) as connection:
        return [text for text, in connection.execute(
            "select text from messages where kind = 0 and direction = ? order by seq", (int(not outgoing),))]


def busy_round(name, chance, grace, number):
    """Both write, and the app is killed in the middle of it. Returns what of our own had been shown."""
    theirs = [f"theirs {number} {i}" for i in range(BUSY_MESSAGES)]
    shown = []
    app = start_app(name)
    app.find("list item", "^Grace, ").click()
    app.find(None, "^direct")
    grace.say(*theirs[:chance.randrange(BUSY_MESSAGES)])
    for i in range(chance.randrange(4)):
        ours = f"ours {number} {i}"
        send(app, "Grace – Knothole", ours)
        await_message(app, f"^You: {ours},")
        shown.append(ours)
    grace.say(*theirs)
    # Whatever comes after it is stored, or sent again.
    seen = chance.randrange(BUSY_MESSAGES)
    await_message(app, f"^They: theirs {number} ({'|'.join(str(i) for i in range(seen, BUSY_MESSAGES))}),")
    app.process.kill()
    app.process.wait()
    return shown


def killed(tap):
    """At random moments of a busy chat: nothing that was shown, and nothing that was sent, is lost, comes
    twice or in another order."""
    seed = int(os.environ.get("KH_UI_SEED") or secrets.randbelow(1 << 32))
    tap.note(f"KH_UI_SEED={seed}")
    chance = random.Random(seed)
    server = Server(state="busy-server")
    grace = TermPeer("Grace", server)
    with running("busy", "--server", str(server), "--name", "Ada", grace.peer_id) as app:
        app.find(None, "^direct")
    shown = [text for number in range(BUSY_ROUNDS) for text in busy_round("busy", chance, grace, number)]
    with running("busy") as app:
        app.find("list item", "^Grace, ").click()
        grace.say("the end")
        await_message(app, "^They: the end,")
        send(app, "Grace – Knothole", "our end")
        app.find("list item", "^You: our end.*(Read|Delivered)", visible=False)
    grace.end()
    tap.equal(texts("busy", False), texts("term-Grace", True), "all of theirs has come, once and in order")
    tap.equal(texts("term-Grace", False), texts("busy", True), "and all of ours")
    tap.equal([text for text in shown if text not in texts("busy", True)], [], "what was shown is kept")
    server.stop()


def without_network():
    """For before_exec: a machine that has no network, not even its own."""
    assert _libc.unshare(CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())


def no_network(tap):
    if os.geteuid() != 0:
        tap.ok(True, "no_network # SKIP a machine without a network needs root")
        return
    nobody = make_peer("nobody-network")
    with running("no-network", "--server", "192.0.2.1", "--name", "Ada", nobody,
                 before_exec=without_network) as app:
        title = f"{nobody[:9]} – Knothole"
        app.find(None, "^The server (cannot be reached|does not answer)$")
        shot(app, title, "no-network")
        send(app, title, "as soon as there is one")
        await_message(app, "^You: as soon as.*Waiting to be sent$")
    tap.ok(True, "without a network that is said, and what is written waits")


def no_bus(tap):
    """Without a session bus there is no accessibility either: only its window can be seen."""
    program = subprocess.Popen(  # pylint: disable=consider-using-with
        [sys.argv[1], "--data-dir", scratch("no-bus"), "--server", "127.0.0.1:9", "--name", "Ada"],
        # Without GTK 4.8's accessibility, which complains where it has no bus.
        env=dict(os.environ, DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent", GTK_A11Y="none",
                 G_DEBUG="fatal-warnings"),
        preexec_fn=driver.with_test())
    try:
        wait(lambda: program.poll() is not None or subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--pid", str(program.pid), "--name", f"^{MAIN}$"],
            capture_output=True, check=False).returncode == 0, "its window")
        program.terminate()
        tap.equal(program.wait(driver.TIMEOUT), 0, "there is a window without a session bus")
    finally:
        program.kill()
        program.wait()


def no_answer(tap):
    """Somebody who declines, or does not look: the caller is told after half a minute."""
    server = Server()
    with running("declines", "--server", str(server), "--name", "Grace") as grace:
        grace.window(MAIN)
        grace_id = own_peer_id(grace)
        with running("asks", "--server", str(server), "--name", "Ada", grace_id) as ada:
            grace.find("push button", "^Decline").click()
            wait(lambda: any(True for _ in ada.root.find_all(None, "^No answer yet$")),
                 lambda: f"the words for an unanswered call\n{ada.dump()}", timeout=60)
            title = next(child.name for child in ada.root.children() if MAIN in child.name)
            shot(ada, title, "no-answer")
    server.stop()
    tap.ok(True, "a declined call ends in words of its own")


def too_long(tap):
    nobody = make_peer("nobody-long")
    with running("long", "--server", "127.0.0.1:9", "--name", "Ada", nobody) as app:
        entry = app.find("text", "^Message$")
        button = app.find("push button", "^Send$")
        entry.insert(("x" * 63 + "\n") * 1024)
        button.await_state("sensitive")
        entry.insert("y")
        app.find(None, "^This is 1 byte too long")
        button.await_state("sensitive", on=False)
        shot(app, f"{nobody[:9]} – Knothole", "too-long")
    tap.ok(True, "a message of more than 64 KiB is not sent, and why")


def longest_message(tap):
    """A peer may send one word of 64 KiB, and the window must not stop for it."""
    server = Server(state="longest")
    term_id = make_peer("term")
    with running("longest", "--server", str(server), "--name", "Ada", term_id) as app:
        app.find("text", "^Message$")
        term = subprocess.Popen(
            [TERM, "--data-dir", scratch("term"), "--server", str(server), "--name", "Tom",
             "--accept=all", "--timeout", "60"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, preexec_fn=driver.with_test())
        app.find(None, "^direct")
        term.stdin.write("x" * 65536 + "\n" + "word " * 13000 + "\nafter it\n")
        term.stdin.close()
        await_message(app, "^They: after it")
        tap.equal(term.wait(driver.TIMEOUT), 0, "the longest messages are delivered")
        more = [node for node in app.root.find_all("push button", "^Show All$")]
        press(more[-1])
        wait(lambda: len(list(app.root.find_all("push button", "^Show All$"))) < len(more),
             "the text to be shown")
        entry = app.find("text", "^Message$")
        entry.click()
        type_into(entry, "still here")
        tap.ok(True, "and the window still answers")
    server.stop()


def this_computer(tap):
    with running("local") as app:
        app.window("Welcome to Knothole", active=True)
        type_into(app.find("text", "^Your name"), "Ada")
        app.find(None, "^Others meet you").click()
        app.find("push button", "^Continue$").await_state("sensitive").click()
        app.window(MAIN)
        app.find("push button", "^Copy Invite Link$").await_state("sensitive")
        app.await_absent(None, "(?i)server (does not|is not|cannot)")
    tap.ok(True, "this computer is the server")


def command_line(tap):
    def status(*arguments):
        done = subprocess.run([sys.argv[1], *arguments], text=True, capture_output=True,
                              check=False)
        return done.returncode, done.stdout, done.stderr
    tap.ok(status("--version")[1].startswith("knothole "), "--version")
    code, out, _ = status("--self-test")
    tap.ok(code == 0 and out.count("ok ") > 3, "--self-test", out)
    code, _, err = status("--server", "a b c")
    tap.ok(code == 2 and "--server" in err, "a bad server on the command line ends with 2", err)
    tap.equal(status("one", "two")[0], 2, "so do two targets")
    tap.equal(status("--no-such-option")[0], 1, "an unknown option ends with 1, as GLib has it")


def main():
    tap = Tap()
    Notifications()  # GLib warns where nobody shows them
    journeys = (command_line, server_problems, wrong_server_is_changed, peer_offline,
                second_instance, newer_database, damaged_database, disk_troubles, disk_fills_up, killed,
                no_network, no_bus, no_answer, too_long,
                longest_message, this_computer)
    for journey in journeys:
        run(tap, journey.__name__, journey)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
