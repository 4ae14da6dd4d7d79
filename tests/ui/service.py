"""Services on the session's own bus that a test provides in the place of the desktop's."""

import threading

from gi.repository import GLib


def serve(publish):
    """Calls publish () in a thread of its own, where what it registers is then served.

    A program waits for an answer for as long as the bus lets it, and the test is elsewhere for
    longer on a busy machine: while it types, nothing turns its own main loop.
    """
    ready = threading.Event()

    def run():
        context = GLib.MainContext()
        context.push_thread_default()
        publish()
        ready.set()
        while True:
            context.iteration(True)

    threading.Thread(target=run, daemon=True).start()
    ready.wait()
