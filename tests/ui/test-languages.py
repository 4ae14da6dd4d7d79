"""The app in another language, in a narrow window: nothing is left untranslated, nothing is cut off.

usage: session.sh test-languages.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS PROBE CATALOGUES [LANGUAGE...]

Without a language it is the one of tests/pseudo.py, in which every string is longer by a third and
has no plain letter. With languages, of CATALOGUES (po/ of a build), pictures of everything are kept
too, narrow and wide, for somebody who reads them; the locales have to be made by localedef, which
is done here.
"""

import os
import re
import signal
import subprocess
import sys

import programs
from programs import (KNOTHOLE, MAIN, App, Server, Tap, TermPeer, driver, key, run, scratch, shot,
                      type_text, wait)

HERE = os.path.dirname(os.path.abspath(__file__))
PROBE, CATALOGUES = sys.argv[5:7]
LANGUAGES = sys.argv[7:]
PSEUDO = "en_XA"
LOCALES = {"de": "de_DE", "fr": "fr_FR", "es": "es_ES", "ar": "ar_EG"}
NARROW = 360
WIDE = 900
MIN_HEIGHT = 720

SAID = ("Shall we meet at the old oak?", "Yes, at noon. https://example.org/oak")
# What people and machines are called, and what they said; and the calendar of the C locale.
GIVEN = re.compile("|".join([
    "Ada", "Grace", "Bob", "Knothole", r"\(?127\.0\.0\.1:\d+\)?", programs.PEER_ID.pattern, "zzz",
    "knothole:[0-9a-zA-Z@.:?&=_-]*…?", r"[0-9a-z]{4}…", "GPL", "https?://[^ ]*", *map(re.escape, SAID),
    "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day", "example.org", "UDP", "TCP", "IPv[46]",
    "(?:January|February|March|April|May|June|July|August|September|October|November|December)"]))


class Foreign(App):
    """The app with the probe in it."""

    def __init__(self, language, catalogues, *arguments):
        self.fifo = scratch(f"probe-{language}")
        if not os.path.exists(self.fifo):
            os.mkfifo(self.fifo)
        self.pipe = os.open(self.fifo, os.O_RDWR)
        locale = LOCALES.get(language)
        super().__init__([KNOTHOLE, "--data-dir", scratch("Ada-" + language), *arguments], {
            "LD_PRELOAD": PROBE, "KH_PROBE": self.fifo, "KH_PROBE_LOCALE": catalogues,
            "LANGUAGE": language, "LOCPATH": scratch("locales"),
            "LANG": locale + ".UTF-8" if locale else "C.UTF-8"})
        self.language = language

    def tell(self, line):
        os.write(self.pipe, (line + "\n").encode())

    def labels(self):
        """(is cut, title of the window, text) of each label that shows. In the pseudo language the
        values of rows of choices may be cut off, which libadwaita does early."""
        path = scratch("labels")
        if os.path.exists(path):
            os.unlink(path)
        self.tell("labels " + path)
        wait(lambda: os.path.exists(path), "what the labels say")
        with open(path, encoding="utf-8") as file:
            lines = [line.rstrip("\n").split("\t", 2) for line in file]
        return [(state == "cut" or (state == "value" and self.language != PSEUDO), title, text)
                for state, title, text in lines]

    def wide(self):
        """What needs more width than there is, from the window to whose fault it is."""
        path = scratch("widths")
        if os.path.exists(path):
            os.unlink(path)
        self.tell(f"widths {path} {NARROW - 60}")
        wait(lambda: os.path.exists(path), "the widths")
        with open(path, encoding="utf-8") as file:
            return file.read()

    def others(self):
        """The titles of all windows but the main one."""
        return [node.name for node in self.root.children()
                if node.name != MAIN and not node.name.endswith("– Knothole") and node.name]

    def main_title(self):
        return next(node.name for node in self.root.children()
                    if node.name == MAIN or node.name.endswith("– Knothole"))


def plain(text):
    """Letters that no catalogue has put there."""
    return re.findall("[A-Za-z]{2,}", GIVEN.sub("", text))


def is_own(text):
    """Is it the app that says it, and not somebody? A name may end in three dots, a label may not."""
    return GIVEN.sub("", text).strip(" –\u2068\u2069") != ""


def problems(app, title, in_pseudo):
    found = []
    for cut, where, text in app.labels():
        if where != title:
            continue
        if in_pseudo and plain(text):
            found.append(f"not translated: {text!r}")
        if cut and is_own(text) and not any(said[:12] in text for said in SAID):
            found.append(f"cut off: {text!r}")
    return found


def look(tap, app, what, title=None, toolkits=False):
    """A window, as it is now. toolkits: the toolkit says some of it in its own words."""
    title = title or app.main_title()
    in_pseudo = app.language == PSEUDO and not toolkits
    found = []

    def is_good():
        found[:] = problems(app, title, in_pseudo)
        return not found
    try:
        wait(is_good, what, 5)
    except AssertionError:
        programs.screen(f"{app.language}-{what}".replace(" ", "-"))
    tap.equal(found, [], f"{app.language}: {what}")
    if LANGUAGES:
        picture(app, what, title, toolkits or "menu" in what)


def picture(app, what, title, whole_screen):
    name = f"{app.language}-{what}".replace(" ", "-")
    if whole_screen:
        programs.screen(name)
    else:
        shot(app, title, name)


def narrow(tap, app, title):
    """As narrow as a phone, if it can be."""
    window = app.window(title)
    wait(lambda: window.box()[2] > 100, f"the size of {title!r}")
    height = max(window.box()[3], MIN_HEIGHT)
    try:
        # The toolkit asks for the width that goes with the present height.
        app.resize(title, window.box()[2], height)
        app.resize(title, NARROW, height)
    except AssertionError:
        tap.ok(False, f"{app.language}: {title!r} can be {NARROW} wide", app.wide())


def dialog(tap, app, action, what, toolkits=False):
    """Opens the window of an action, looks at it, and closes it."""
    before = app.others()
    app.tell("activate " + action)
    title = wait(lambda: [name for name in app.others() if name not in before], f"{action}")[0]
    if not toolkits:
        narrow(tap, app, title)
    look(tap, app, what, title, toolkits)
    app.tell("close")
    wait(lambda: app.others() == before, f"{title!r} to close")


def menus(tap, app):
    for number in (1, 2, 3):
        app.tell("menu")
        look(tap, app, f"menu {number}")
    app.tell("menu")


def welcome(tap, catalogues, language):
    app = Foreign(language, catalogues)
    title = wait(app.others, "the first window")[0]
    narrow(tap, app, title)
    look(tap, app, "welcome", title)
    tap.equal(app.end(), 0, f"{language}: the app ends well")


def windows(tap, app):
    dialog(tap, app, "win.new-chat", "new chat")
    dialog(tap, app, "chat.details", "details")
    dialog(tap, app, "chat.connection", "connection")
    dialog(tap, app, "app.preferences", "preferences")
    dialog(tap, app, "win.setup", "setup")
    dialog(tap, app, "win.show-help-overlay", "shortcuts", toolkits=True)
    dialog(tap, app, "app.about", "about", toolkits=True)


def conversation(tap, catalogues, language):
    server = Server(state="server-" + language)
    grace = TermPeer("Grace", server)
    app = Foreign(language, catalogues, "--server", str(server), "--name", "Ada", grace.peer_id)
    grace.say(SAID[1])
    app.window("Grace – Knothole", active=True)
    programs.await_message(app, "oak")
    app.resize("Grace – Knothole", NARROW, 640)
    look(tap, app, "chat", "Grace – Knothole")
    windows(tap, app)
    menus(tap, app)
    bob = TermPeer("Bob", server, peer_id(app))
    app.tell("activate win.back")
    app.window(MAIN)
    app.find("list item", "Bob", visible=False)
    look(tap, app, "chats and a request", MAIN)
    app.focus(MAIN)
    key("ctrl+f")
    type_text("zzz")
    wait(lambda: app.find("entry", visible=False).text == "zzz", "the search")
    look(tap, app, "nothing found", MAIN)
    key("Escape")
    if LANGUAGES:
        app.resize(MAIN, WIDE, 640)
        look(tap, app, "wide", app.main_title())
    grace.leave()
    bob.leave()
    server.stop()
    look(tap, app, "without a server", app.main_title())
    tap.equal(app.end(), 0, f"{language}: the app ends well")


def peer_id(app):
    """The app's own, which no language changes."""
    return subprocess.run([programs.TERM, "--data-dir", scratch("Ada-" + app.language), "--id"],
                          check=True, capture_output=True, text=True).stdout.strip()


def make_locale(language):
    os.makedirs(scratch("locales"), exist_ok=True)
    subprocess.run(["localedef", "-i", LOCALES[language], "-f", "UTF-8",
                    scratch(f"locales/{LOCALES[language]}.UTF-8")], check=True,
                   stdout=subprocess.DEVNULL)


def make_pseudo():
    folder = scratch(f"catalogues/{PSEUDO}/LC_MESSAGES")
    os.makedirs(folder)
    subprocess.run([sys.executable, os.path.join(HERE, "..", "pseudo.py"), os.path.join(HERE, "..", ".."),
                    os.path.join(folder, "knothole.mo")], check=True)
    return scratch("catalogues")


def main():
    tap = Tap()
    driver.TIMEOUT = 15.0
    for language in LANGUAGES or (PSEUDO,):
        catalogues = CATALOGUES if LANGUAGES else make_pseudo()
        if LANGUAGES:
            make_locale(language)
        run(tap, language + " welcome", lambda tap: welcome(tap, catalogues, language))
        run(tap, language + " conversation", lambda tap: conversation(tap, catalogues, language))
    return tap.done()


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
