#!/usr/bin/env python3
"""What knothole-term prints: the events of --json with all their members, and the plain lines.

usage: test-events.py KNOTHOLED KNOTHOLE-TERM
"""

import datetime
import re
import signal
import subprocess
import sys

import scene as scene_module

TEXT, NUMBER = str, (int, float)
TEXT_OR_NONE = (str, type(None))
NAT = {"kind": TEXT, "mapping": TEXT, "ports": TEXT, "filtering": TEXT, "hairpin": TEXT,
       "step": int, "port_mapping": bool, "text": TEXT}
ATTEMPT = {"kind": TEXT, "state": TEXT, "in_use": bool, "local": TEXT_OR_NONE,
           "remote": TEXT_OR_NONE, "rtt_ms": NUMBER}
STEP = {"at_ms": NUMBER, "what": TEXT, "technique": TEXT_OR_NONE, "local": TEXT_OR_NONE,
        "remote": TEXT_OR_NONE, "outcome": TEXT_OR_NONE, "text": TEXT}

# The contract: the members of each event beside "event" and "t_ms".
MEMBERS = {
    "registered": {"peer_id": TEXT, "address": TEXT},
    "knock": {"peer_id": TEXT, "name": TEXT},
    "session": {"peer_id": TEXT, "name": TEXT, "elapsed_ms": NUMBER},
    "path": {"peer_id": TEXT, "kind": TEXT, "family": TEXT, "local": TEXT, "remote": TEXT,
             "rtt_ms": NUMBER, "elapsed_ms": NUMBER},
    "verdict": {"peer_id": TEXT, "kind": TEXT, "who": TEXT, "text": TEXT, "advice": TEXT_OR_NONE,
                "ended": bool, "local_nat": dict, "remote_nat": dict, "attempts": list,
                "timeline": list},
    "message": {"peer_id": TEXT, "id": TEXT, "text": TEXT, "sent_time": TEXT},
    "sent": {"peer_id": TEXT, "id": TEXT, "text": TEXT},
    "receipt": {"peer_id": TEXT, "id": TEXT, "state": TEXT},
    "closed": {"peer_id": TEXT, "reason": TEXT},
    "error": {"code": TEXT, "message": TEXT},
}


def problems_of_part(part, expected):
    """What is wrong with the form of an object inside an event."""
    if set(part) != set(expected):
        yield f"members {sorted(set(part) ^ set(expected))}"
    for name, kind in expected.items():
        if not isinstance(part.get(name), kind):
            yield f"{name} is {part.get(name)!r}"


def problems_of_verdict(event):
    for side in ("local_nat", "remote_nat"):
        yield from problems_of_part(event[side], NAT)
    for part in event["attempts"]:
        yield from problems_of_part(part, ATTEMPT)
    for part in event["timeline"]:
        yield from problems_of_part(part, STEP)


def problems_of(event):
    """What is wrong with the form of an event."""
    expected = {"event": TEXT, "t_ms": NUMBER, **MEMBERS[event["event"]]}
    if set(event) != set(expected):
        yield f"members {sorted(set(event) ^ set(expected))}"
    relayed = event["event"] == "path" and event.get("kind") == "relay"
    for name, kind in expected.items():
        if relayed and name in ("family", "local", "remote"):
            if event.get(name) is not None:
                yield f"{name} of the relay is {event[name]!r}"
        elif not isinstance(event.get(name), kind):
            yield f"{name} is {event.get(name)!r}"
    if event["event"] == "verdict":
        yield from problems_of_verdict(event)
    if "peer_id" in event and not scene_module.ID.fullmatch(event["peer_id"]):
        yield "peer_id"
    for name in ("address", "local", "remote"):
        if event.get(name) is not None and not scene_module.ADDRESS.fullmatch(event[name]):
            yield f"{name} is {event[name]}"
    if "id" in event and not re.fullmatch("[0-9a-f]{32}", event["id"]):
        yield f"id is {event['id']}"


def schema(tap, scene):
    """One of each event, from both sides of a conversation."""
    ada_id, grace_id = scene.peer_id("ada"), scene.peer_id("grace")
    grace = scene.start("grace")
    grace.await_event("registered")
    ada = scene.start("ada", grace_id)
    ada.send("hello", "x" * 65537)
    grace.await_event("knock", peer_id=ada_id, name="ada")
    grace.send(f"/accept {ada_id}")
    grace.await_event("message", text="hello", peer_id=ada_id)
    grace.send("answer")
    ada.await_event("message", text="answer", peer_id=grace_id)
    grace.await_event("receipt", state="read")
    ada.await_event("receipt", state="read")
    for peer in (ada, grace):
        peer.await_event("path", kind="direct")
        peer.await_event("session")
    ada.end_input()
    tap.equal(ada.wait(), 1, "the line that is too long is not forgotten at the end")
    grace.await_event("closed", reason="done", peer_id=ada_id)
    grace.stop()

    for peer in (ada, grace):
        peer.select("")
    events = ada.events + grace.events
    tap.equal(sorted(set(MEMBERS) - {event["event"] for event in events}), [],
              "every kind of event came")
    wrong = [(event, list(problems_of(event))) for event in events if any(problems_of(event))]
    tap.equal(wrong, [], f"{len(events)} events have the members of the contract, and no others")

    for peer in (ada, grace):
        times = [event["t_ms"] for event in peer.events]
        tap.equal(times, sorted(times), "t_ms never goes back")
    sent = ada.select("sent")[0]
    states = [event["state"] for event in ada.select("receipt", id=sent["id"])]
    tap.equal(states, ["delivered", "read"], "a message is delivered, then read")
    tap.equal(grace.select("message")[0]["id"], sent["id"], "it has one id on both sides")
    when = datetime.datetime.strptime(grace.select("message")[0]["sent_time"],
                                      "%Y-%m-%dT%H:%M:%S.%f%z")
    now = datetime.datetime.now(datetime.timezone.utc)
    tap.ok(abs(now - when) < datetime.timedelta(minutes=10), "sent_time is the time, in UTC")
    tap.equal(ada.select("path")[-1]["kind"], "direct", "the path is direct")


def why(tap, scene):
    """Why the path is what it is: asked for, and whenever it changes."""
    grace_id = scene.peer_id("grace")
    scene.listen("grace")
    ada = scene.start("ada", grace_id)
    ada.await_event("path", kind="direct")
    verdict = ada.await_(lambda: next((one for one in ada.select("verdict", peer_id=grace_id)
                                       if one["kind"] in ("direct", "direct-local")), None),
                         "a verdict of a direct path")
    tap.equal((verdict["who"], verdict["advice"]), ("nobody", None), "a direct path needs nothing")
    ada.send("/why", "/help")
    ada.await_event("why", presence="connected")
    asked = ada.await_events(len(ada.select("verdict")), "verdict")[-1]
    tap.ok("grace" in asked["text"], "the verdict names the peer", asked["text"])
    tap.equal([one["state"] for one in asked["attempts"] if one["in_use"]], ["works"],
              "one of the paths that were tried is in use")
    tap.ok("/why" in ada.await_event("help")["text"], "/help lists the commands")
    ada.stop()

    plain_ada = scene.start_plain("ada", grace_id)
    plain_ada.await_line("stderr", "direct to")
    plain_ada.send("/why")
    plain_ada.await_line("stderr", "you are connected directly to grace")
    plain_ada.await_line("stderr", "your network")
    plain_ada.await_line("stderr", "grace’s network")
    plain_ada.await_line("stderr", "is in use, with a round trip")
    plain_ada.await_line("stderr", "this is what happened")
    tap.ok(True, "plain: the verdict, both networks, the paths and what happened")
    plain_ada.stop()


def identity(tap, scene):
    ada = scene.peer_id("ada")
    tap.ok(scene_module.ID.fullmatch(ada), "--id prints a peer ID", ada)
    tap.equal(scene.peer_id("ada"), ada, "the same the next time")
    peer = scene.listen("ada")
    tap.equal(peer.select("registered")[0]["peer_id"], ada, "it is who registers")
    tap.equal(scene.peer_id("ada"), ada, "--id works beside a running one")
    tap.equal(peer.stop(), 0, "which ends well")


def plain(tap, scene):
    """Messages on standard output; what a terminal would obey does not reach it."""
    grace_id = scene.peer_id("grace")
    grace = scene.start_plain("grace", "--accept=all")
    grace.await_line("stderr", "you are " + grace_id)
    ada = scene.run_plain("ada", grace_id,
                          text="hello\n\033]0;evil\a\u202e\tünï 👍\n\nGrace: me too\n")
    tap.equal((ada.returncode, ada.stdout), (0, ""), "plain: all is delivered")
    grace.await_line("stdout", "me too")
    grace.send("and back")
    tap.equal(grace.lines["stdout"],
              ["ada: hello", "ada: \\x1b]0;evil\\x07\\u202e\tünï 👍", "ada: Grace: me too"],
              "plain: NAME: text, and nothing else")
    tap.ok(any("Connected to ada" in line for line in grace.lines["stderr"]),
           "plain: how it stands is on standard error")
    grace.stop(signal.SIGTERM)


def remembered(tap, scene):
    """The server and the name are chosen once."""
    scene.listen("ada").stop()
    again = scene.start_peer("ada", "--accept=all")
    again.await_event("registered")
    tap.ok(True, "the server is remembered")
    grace = scene.start("grace", scene.peer_id("ada"))
    tap.equal(grace.await_event("session")["name"], "ada", "so is the name")


def invite(tap, scene):
    """A link has the server in it."""
    scene.listen("grace")
    done = subprocess.run(
        [scene.term, "--data-dir", scene.path("ada"),
         f"knothole:{scene.peer_id('grace')}@{scene.server_at}"],
        input="hello\n", text=True, capture_output=True, check=False, timeout=60)
    tap.equal(done.returncode, 0, "an invite link is all that is needed")


def information(tap, scene):
    for option, expected in (("--help", "PEER-ID"), ("--version", "knothole-term "),
                             ("--self-test", "passed")):
        done = subprocess.run([scene.term, option], text=True, capture_output=True, check=False)
        tap.equal((done.returncode, expected in done.stdout), (0, True), option)


if __name__ == "__main__":
    sys.exit(scene_module.main([schema, why, identity, plain, remembered, invite, information]))
