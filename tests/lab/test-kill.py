#!/usr/bin/env python3
"""1,000 messages each way while one side or the other is killed with SIGKILL again and again: after
the restarts none is lost, none is there twice, and all are in order.

usage: test-kill.py KNOTHOLED KNOTHOLE-TERM [SEED]

A killed program may have taken lines from its standard input that it never stored: what it stored
is a beginning of what it was given, and the test goes on from there. What was stored must arrive.
"""

import random
import sys

import lab as lab_module
import programs
import tap as tap_module

MESSAGES = 1000
KILLS = 12
LAST = "that is all"
TIMEOUT = 120.0


class Side:
    """One home: its program, started again after each kill."""

    def __init__(self, homes, home):
        self.homes = homes
        self.home = home
        self.texts = [f"{home} {i}" for i in range(MESSAGES)] + [LAST]
        self.given = 0
        self.peer = homes.start_calling(home)

    def give(self, end):
        """Hands it its texts up to this one. All of them fit into a pipe, so this never waits."""
        self.peer.send(*self.texts[self.given:end])
        self.given = max(self.given, end)

    def await_text(self, text):
        """Until it prints this text, or one that comes later in the other's order."""
        sender, index = text.split()
        enough = {f"{sender} {i}" for i in range(int(index), MESSAGES)}
        self.peer.await_(lambda: enough.intersection(self.peer.texts()) or None, text, TIMEOUT)

    def kill(self):
        """Kills it and starts it again, to go on with what it had not stored."""
        self.peer.process.kill()
        self.peer.wait()
        stored = self.homes.history(self.home, programs.DIRECTION_OUT)
        if stored != self.texts[:len(stored)]:
            raise AssertionError(f"{self.home} stored something else than it was given")
        end, self.given = self.given, len(stored)
        self.peer = self.homes.start_calling(self.home)
        self.give(end)
        return len(stored)


def kill_once(homes, sides, chance, number, note):
    """Gives both a part of their texts, and kills one while they are on their way."""
    start, end = MESSAGES * number // KILLS, MESSAGES * (number + 1) // KILLS
    for side in sides.values():
        side.give(end)
    victim = sides[chance.choice(lab_module.HOMES)]
    watched = sides[chance.choice(lab_module.HOMES)]
    moment = f"{homes.other(watched.home)} {chance.randrange(start, end)}"
    watched.await_text(moment)
    stored = victim.kill()
    note(f"kill {number + 1}: {victim.home}, when {watched.home} had \"{moment}\"; "
         f"it had stored {stored} of the {victim.given} it was given")


def test_kill(tap, binaries, seed):
    chance = random.Random(seed)
    with lab_module.Lab() as lab, programs.TwoHomes(lab, *binaries) as homes:
        sides = {home: Side(homes, home) for home in lab_module.HOMES}
        for number in range(KILLS):
            kill_once(homes, sides, chance, number, tap.note)
        for side in sides.values():
            side.give(MESSAGES + 1)
        for side in sides.values():
            side.peer.await_event("message", TIMEOUT, text=LAST)
        # Who ends while the other still waits for this would leave it waiting for the next session.
        for home, side in sides.items():
            side.peer.await_event("receipt", TIMEOUT, state="delivered",
                                  id=homes.id_of_sent(home, LAST))
        for side in sides.values():
            side.peer.end_input()
        for home, side in sides.items():
            tap.equal(side.peer.wait(TIMEOUT), 0, f"{home} ends well")
        for home, side in sides.items():
            tap.equal(homes.history(home, programs.DIRECTION_OUT), side.texts,
                      f"{home} has stored all that it was given")
            tap.equal(homes.history(homes.other(home), programs.DIRECTION_IN), side.texts,
                      "and all of it has arrived once, in order")


def main(knotholed, term, seed=None):
    tap = tap_module.Tap()
    seed = int(seed) if seed else random.randrange(1 << 32)
    tap.note(f"seed {seed}: test-kill.py KNOTHOLED KNOTHOLE-TERM {seed}")
    tap.run("kill", test_kill, (knotholed, term), seed)
    return tap.done()


if __name__ == "__main__":
    sys.exit(lab_module.main(main, *sys.argv[1:]))
