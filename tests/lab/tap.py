"""The Test Anything Protocol, as the laboratory's tests speak it."""

import sys
import traceback


class Tap:
    """Counts points; a point that raises is one that failed, with the traceback beside it."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, good, name, detail=""):
        self.count += 1
        if not good:
            self.failed += 1
        print(f"{'ok' if good else 'not ok'} {self.count} {name}", flush=True)
        if detail:
            self.note(detail)
        return good

    def equal(self, got, expected, name):
        detail = "" if got == expected else f"expected {expected!r}, got {got!r}"
        return self.ok(got == expected, name, detail)

    def note(self, text):
        for line in str(text).splitlines():
            print("# " + line, flush=True)

    def run(self, name, function, *arguments):
        """One test function: what it raises is a failed point of that name."""
        try:
            function(self, *arguments)
        except Exception:  # pylint: disable=broad-except
            self.ok(False, name, traceback.format_exc())

    def done(self):
        print(f"1..{self.count}", flush=True)
        sys.stdout.flush()
        return 1 if self.failed or not self.count else 0
