"""The real programs, as the laboratory's tests drive them: knotholed, and knothole-term --json.

Waiting is always for an event that the program prints, never for a time to pass; the timeouts are
only there to end a test that has failed.
"""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time

import lab as lab_module

TIMEOUT = 60.0
PR_SET_PDEATHSIG = 1

DIRECTION_OUT, DIRECTION_IN = 0, 1

_libc = ctypes.CDLL(None)


class Program:
    """A child process whose standard output and error are read line by line into lists."""

    def __init__(self, command, namespace=None):
        def before_exec():
            # No child outlives its test, however that ends.
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if namespace is not None:
                lab_module.setns(namespace.path)

        self.command = command
        self.changed = threading.Condition()
        self.lines = {"stdout": [], "stderr": []}
        self.times = {"stdout": [], "stderr": []}  # when each came, time.monotonic ()
        self.open_streams = 2
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=before_exec)
        self.readers = [
            threading.Thread(target=self._read, args=(name, getattr(self.process, name)),
                             daemon=True)
            for name in ("stdout", "stderr")]
        for reader in self.readers:
            reader.start()

    def _read(self, name, stream):
        for line in stream:
            with self.changed:
                self.lines[name].append(line.decode("utf-8", "replace").rstrip("\n"))
                self.times[name].append(time.monotonic())
                self.changed.notify_all()
        with self.changed:
            self.open_streams -= 1
            self.changed.notify_all()
        stream.close()

    def await_(self, find, what, timeout=TIMEOUT):
        """Returns what find () finds, as soon as it is not None."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                found = find()
                if found is not None:
                    return found
                left = deadline - time.monotonic()
                if left <= 0 or self.open_streams == 0:
                    why = "did not come in time" if left <= 0 else "cannot come, the program ended"
                    raise AssertionError(f"{what} {why}\n{self.tail()}")
                self.changed.wait(left)

    def await_line(self, stream, text, timeout=TIMEOUT):
        return self.await_(
            lambda: next((line for line in self.lines[stream] if text in line.lower()), None),
            f"a line with {text!r} on {stream}", timeout)

    def tail(self, count=15):
        return "\n".join([" ".join(self.command)] + [
            f"  {name}: {line}" for name, lines in self.lines.items() for line in lines[-count:]])

    def send(self, *lines):
        """Writes lines to standard input; a program that died meanwhile has not read them."""
        try:
            self.process.stdin.write("".join(line + "\n" for line in lines).encode())
            self.process.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass

    def send_in_background(self, lines):
        """The same for more than a pipe holds."""
        thread = threading.Thread(target=self.send, args=lines, daemon=True)
        thread.start()
        return thread

    def end_input(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass

    def wait(self, timeout=TIMEOUT):
        """Returns the exit status, once all that was printed is read."""
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not end in time\n{self.tail()}") from None
        for reader in self.readers:
            reader.join(timeout)
        return status

    def stop(self, with_signal=signal.SIGTERM):
        """Ends it, by force if it does not go; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        try:
            return self.wait(20)
        except AssertionError:
            self.process.kill()
            self.wait()
            raise


class Peer(Program):
    """One knothole-term --json."""

    def __init__(self, binary, data_dir, *arguments, namespace=None, wrapper=()):
        self.data_dir = data_dir
        self.events = []
        self.came_at = []  # of each event, as times
        self.parsed = 0
        super().__init__([*wrapper, binary, "--json", "--data-dir", data_dir, *arguments],
                         namespace)

    def parse(self):
        """Takes the new lines into events; the caller holds changed."""
        lines = self.lines["stdout"]
        for line, came_at in zip(lines[self.parsed:], self.times["stdout"][self.parsed:]):
            event = json.loads(line)
            if not isinstance(event.get("t_ms"), int | float) or "event" not in event:
                raise AssertionError(f"an event without its members: {line}")
            self.events.append(event)
            self.came_at.append(came_at)
        self.parsed = len(lines)

    def select(self, kind, /, **members):
        """The events so far of this kind whose members have these values."""
        with self.changed:
            self.parse()
            return [event for event in self.events if event["event"] == kind and all(
                event.get(name) == value for name, value in members.items())]

    def await_events(self, count, kind, timeout=TIMEOUT, /, **members):
        def enough():
            found = self.select(kind, **members)
            return found if len(found) >= count else None
        return self.await_(enough, f"{count} {kind} {members}", timeout)

    def await_event(self, kind, timeout=TIMEOUT, /, **members):
        return self.await_events(1, kind, timeout, **members)[0]

    def texts(self):
        return [event["text"] for event in self.select("message")]

    def arrivals(self):
        """When each message came: {text: time.monotonic ()}."""
        with self.changed:
            self.parse()
            return {event["text"]: came_at for event, came_at in zip(self.events, self.came_at)
                    if event["event"] == "message"}


class World:
    """A folder for the programs' data, and whatever runs; all of it gone at the end."""

    def __init__(self, knotholed, term):
        self.knotholed = knotholed
        self.term = term
        self.running = []
        self.folder = tempfile.mkdtemp(prefix="knothole-lab-")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in self.running:
            if program.process.poll() is None:
                program.process.kill()
                program.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start_server(self, address, port, namespace=None, state="server"):
        server = Program([self.knotholed, "--listen", address, "--port", str(port),
                          "--state-dir", self.path(state)], namespace)
        self.running.append(server)
        server.await_line("stderr", "listening")
        return server

    def peer_id(self, name):
        done = subprocess.run([self.term, "--data-dir", self.path(name), "--id"], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, check=True)
        return done.stdout.strip()

    def start_peer(self, name, *arguments, namespace=None, wrapper=()):
        peer = Peer(self.term, self.path(name), *arguments, namespace=namespace, wrapper=wrapper)
        self.running.append(peer)
        return peer

    def _query(self, name, *query):
        """Reads the history from a copy, so that what a crash left is found by the program as it
        was."""
        copy = tempfile.mkdtemp(dir=self.folder)
        for suffix in ("", "-wal"):
            source = os.path.join(self.path(name), "history.db" + suffix)
            if os.path.exists(source):
                shutil.copy(source, copy)
        with contextlib.closing(sqlite3.connect(os.path.join(copy, "history.db"))) as database:
            rows = database.execute(*query).fetchall()
        shutil.rmtree(copy)
        return rows

    def history(self, name, direction):
        """The texts of one direction, in the order of the history."""
        return [text for (text,) in self._query(
            name, "SELECT text FROM messages WHERE direction = ? ORDER BY seq", (direction,))]

    def id_of_sent(self, name, text):
        """The id of a message that was sent and has this text, as events show it."""
        rows = self._query(name, "SELECT id FROM messages WHERE direction = ? AND text = ?",
                           (DIRECTION_OUT, text))
        return rows[0][0].hex()


class TwoHomes(World):
    """The server and the two homes of a lab; peers are named for their home, "a" and "b"."""

    def __init__(self, lab, knotholed, term):
        super().__init__(knotholed, term)
        self.lab = lab
        self.ids = {home: self.peer_id(home) for home in lab_module.HOMES}
        self.start_server(lab_module.SERVER_ADDRESS, lab_module.SERVER_PORT, lab["server"])

    def other(self, home):
        return "b" if home == "a" else "a"

    def start(self, home, *arguments):
        """A peer that takes anybody who calls."""
        return self.start_peer(home, "--server", lab_module.SERVER_ADDRESS, "--name",
                               "Home " + home, "--accept=all", *arguments,
                               namespace=self.lab["client-" + home])

    def start_calling(self, home):
        return self.start(home, self.ids[self.other(home)])
