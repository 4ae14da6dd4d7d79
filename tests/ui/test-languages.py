"""The app in another language, in a narrow window: nothing is left untranslated, nothing is cut off.

usage: session.sh test-languages.py KNOTHOLE KNOTHOLED KNOTHOLE-TERM SHOTS PROBE CATALOGUES [LANGUAGE...]

Without a language it is the one of tests/pseudo.py, in which every string is longer by a third and
has no plain letter. With languages, of CATALOGUES (po/ of a build), pictures of everything are kept
too, narrow and wide, for somebody who reads them; the locales have to be made by localedef, which
is done here.

  KH_UI_TEXT   size of text in percent of the usual; see tests/ui/languages
"""

import collections
import contextlib
import gettext
import os
import re
import signal
import subprocess
import sys

import programs
from programs import (KNOTHOLE, MAIN, App, Server, Tap, TermPeer, driver, key, run, scratch, set_text_size,
                      shot, type_text, wait)

HERE = os.path.dirname(os.path.abspath(__file__))
PROBE, CATALOGUES = sys.argv[5:7]
LANGUAGES = sys.argv[7:]
PSEUDO = "en_XA"
LOCALES = {"de": "de_DE", "fr": "fr_FR", "es": "es_ES", "ar": "ar_EG"}
# A newer libc translates nothing in its own locale.
if os.path.exists("/usr/share/i18n/locales/en_US"):
    LOCALES[PSEUDO] = "en_US"
NARROW, LOW = 360, 294
WIDE = 900
TEXT = int(os.environ.get("KH_UI_TEXT", "100"))
MIN_HEIGHT = 720 * TEXT // 100
# Of the chat; there is no more than that anywhere.
MENUS = 3

PASSPHRASE = "correct horse battery staple"
WRONG = ("This is not the passphrase. Try again; without it, only a backup can bring your identity back.")
CHAT = "Grace – Knothole"
# As long as a text may be that has its time beside it, and with marks where no line can be broken.
SAID = ("Shall we meet below the old oak tree", "\u0e49" * 20, "Yes, at noon. https://example.org/oak")
# What people and machines are called, and what they said; and the calendar of the C locale.
GIVEN = re.compile("|".join([
    "Ada", "Grace", "Bob", "Knothole", r"\(?127\.0\.0\.1:\d+\)?", programs.PEER_ID.pattern, "zzz",
    "knothole:[0-9a-zA-Z@.:?&=_-]*…?", r"[0-9a-z]{4}…", r"[\w-]{6}(?: [\w-]{1,6})+", "GPL",
    "https?://[^ ]*", r"knotholed [\d.]+", "/tmp/[^ ]*", *map(re.escape, SAID),
    "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day", "example.org", "UDP", "TCP", "IPv[46]",
    "(?:January|February|March|April|May|June|July|August|September|October|November|December)"]))


def english(catalogue):
    """What nothing on the screen may say, as it says something else in this language."""
    # pylint: disable-next=protected-access
    both = [(key.rsplit("\4", 1)[-1].replace("_", ""), text.replace("_", ""))
            for key, text in catalogue._catalog.items() if isinstance(key, str) and key]
    return {one for one, _ in both} - {other for _, other in both}


class Foreign(App):
    """The app with the probe in it."""

    started = []

    def __init__(self, name, language, catalogues, *arguments):
        self.fifo = scratch(f"probe-{language}")
        if not os.path.exists(self.fifo):
            os.mkfifo(self.fifo)
        self.pipe = os.open(self.fifo, os.O_RDWR)
        locale = LOCALES.get(language)
        super().__init__([KNOTHOLE, "--data-dir", scratch(f"{name}-{language}"), *arguments], {
            "LD_PRELOAD": PROBE, "KH_PROBE": self.fifo, "KH_PROBE_LOCALE": catalogues,
            "LANGUAGE": language, "LOCPATH": scratch("locales"),
            "LANG": locale + ".UTF-8" if locale else "C.UTF-8"})
        self.started.append(self)
        self.language = language
        catalogue = gettext.translation("knothole", catalogues, [language])
        self.gettext = catalogue.gettext
        self.english = english(catalogue)

    def await_words(self, english):
        """Until the app says this, in its language."""
        words = self.gettext(english)
        wait(lambda: any(words in text for _, _, text in self.labels()), repr(words))

    def window(self, title, active=False):
        """The newest of that title."""
        super().window(title, active)
        return wait(lambda: [node for node in self.root.children() if node.name == title],
                    f"the window {title!r}")[-1]

    def tell(self, line):
        os.write(self.pipe, (line + "\n").encode())

    def ask(self, what, argument=""):
        """What the probe has to say."""
        path = scratch(what)
        if os.path.exists(path):
            os.unlink(path)
        self.tell(f"{what} {path} {argument}".strip())
        wait(lambda: os.path.exists(path), f"the {what}")
        with open(path, encoding="utf-8") as file:
            return file.read()

    def labels(self):
        """(is cut, title of the window, text) of each label that shows. Large text may be cut where it
        is whole in a tooltip, and a window's title."""
        for line in self.ask("labels").splitlines():
            state, title, text = line.split("\t", 2)
            is_told = TEXT > 100 and (state == "told" or text == title != MAIN)
            yield state != "whole" and not is_told, title, text

    def wide(self):
        """What needs more width than there is, from the window to whose fault it is."""
        return self.ask("widths", str(NARROW - 60))

    def too_large(self, title, height_matters):
        """What a window has no room for when text is twice as large; whose fault that is, with it."""
        sizes, widths = self.ask("large", str(NARROW)).split("\n\n", 1)
        width, height = next(line.split("\t")[:2] for line in sizes.splitlines()
                             if line.endswith("\t" + title))
        if int(width) <= NARROW and (int(height) <= LOW or not height_matters):
            return []
        return [f"{width}×{height} with large text", *widths.splitlines()]

    def others(self):
        """How many windows there are of each title, but for the main one."""
        return collections.Counter(
            node.name for node in self.root.children()
            if node.name != MAIN and not node.name.endswith("– Knothole") and node.name)

    def main_title(self):
        return wait(lambda: next((node.name for node in self.root.children()
                                  if node.name == MAIN or node.name.endswith("– Knothole")), None),
                    "the main window")


def plain(text):
    """Letters that no catalogue has put there."""
    return re.findall("[A-Za-z]{2,}", GIVEN.sub("", text))


def is_own(text):
    """Is it the app that says it, and not somebody? A name may end in three dots, a label may not."""
    return GIVEN.sub("", text).strip(" –\u2068\u2069") != ""


def problems(app, title, in_pseudo, toolkits):
    labels = [(cut, text) for cut, where, text in app.labels() if where == title]
    found = [] if labels or not in_pseudo else [f"nothing in {title!r}"]
    for cut, text in labels:
        in_english = text in app.english and is_own(text) and not toolkits
        if in_english or in_pseudo and plain(text):
            found.append(f"not translated: {text!r}")
        if cut and (is_own(text) or text == MAIN) and not any(said[:12] in text for said in SAID):
            found.append(f"cut off: {text!r}")
    return found


def look(tap, app, what, title=None, toolkits=False, width=NARROW):
    """A window, as it is now. toolkits: the toolkit says some of it in its own words."""
    title = title or app.main_title()
    in_pseudo = app.language == PSEUDO and not toolkits
    found = []

    def is_good():
        found[:] = problems(app, title, in_pseudo, toolkits)
        wide = app.window(title).size()[0]
        if wide > width and not toolkits:
            found.append(f"{wide} wide")
        return not found
    try:
        wait(is_good, what, driver.TIMEOUT / 6)
    except AssertionError:
        programs.screen(f"{app.language}-{what}".replace(" ", "-"))
    # With a sanitizer that is a minute for each window, and finds nothing that the rest does not.
    if in_pseudo and TEXT == 100 and driver.PATIENCE == 1 and "menu" not in what:
        # The buttons and the heading of a question are the toolkit's.
        found += app.too_large(title, height_matters="question" not in what)
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
    wait(lambda: window.size()[0] > 100, f"the size of {title!r}")
    width, height = window.size()
    if width <= NARROW:
        return
    height = max(height, MIN_HEIGHT)
    try:
        # The toolkit asks for the width that goes with the present height.
        app.resize(title, width, height)
        app.resize(title, NARROW, height)
    except AssertionError as error:
        tap.ok(False, f"{app.language}: {title!r} can be {NARROW} wide", f"{error}\n{app.wide()}")


@contextlib.contextmanager
def opened(tap, app, command, what, toolkits=False):
    """Has a window open, looks at it, and closes it in the end. A question has the width that the
    window below lets it have."""
    before = app.others()
    app.tell(command)
    # In German, the window of one server is called as that of all is.
    title = wait(lambda: list(app.others() - before), command)[0]
    if not toolkits:
        narrow(tap, app, title)
    look(tap, app, what, title, toolkits)
    yield title
    app.tell("close")
    wait(lambda: app.others() == before, f"{title!r} to close")


def dialog(tap, app, command, what, toolkits=False):
    with opened(tap, app, command, what, toolkits):
        pass


def close_menus(app):
    """None is left for the next click to close."""
    app.tell(f"menu {MENUS}")
    app.ask("labels")


def menus(tap, app):
    for number in range(MENUS):
        app.tell(f"menu {number}")
        look(tap, app, f"menu {number + 1}")
    close_menus(app)


def own_windows(tap, app):
    """What there is before anybody is met."""
    dialog(tap, app, "press share", "invite")
    with opened(tap, app, "activate app.preferences", "preferences") as preferences:
        with opened(tap, app, "press key_row", "key") as title:
            app.tell("press sealed")
            app.tell("fill first abc")
            look(tap, app, "key, weak passphrase", title)
        with opened(tap, app, "press backup_row", "back up") as title:
            app.tell("fill first abc")
            app.tell("fill second abcd")
            look(tap, app, "back up, another passphrase", title)
        app.tell("press background")
        look(tap, app, "preferences, in the background", preferences)
    with opened(tap, app, "activate win.servers", "servers"):
        with opened(tap, app, "press AdwActionRow", "server") as title:
            app.tell("press test")
            app.await_words("IPv4")
            look(tap, app, "server, tested", title)


def lock(app):
    """Puts the key under a passphrase, which the next start asks for."""
    for windows, *commands in ((1, "activate app.preferences"), (2, "press key_row"),
                               (1, "press sealed", f"fill first {PASSPHRASE}",
                                f"fill second {PASSPHRASE}", "press go"), (0, "close")):
        for command in commands:
            app.tell(command)
        wait(lambda windows=windows: app.others().total() == windows, commands)


def welcome(tap, catalogues, language):
    """From the first window to the second start."""
    server = Server(state="first-" + language)
    app = Foreign("First", language, catalogues)
    title = next(iter(wait(app.others, "the first window")))
    narrow(tap, app, title)
    look(tap, app, "welcome", title)
    app.tell("press local")
    look(tap, app, "welcome, own server", title)
    app.tell("release local")
    dialog(tap, app, "press restore", "restore")
    for command in ("fill name Ada", f"fill server {server}", "press done"):
        app.tell(command)
    app.window(MAIN)
    narrow(tap, app, MAIN)
    look(tap, app, "no chats", MAIN)
    own_windows(tap, app)
    lock(app)
    server.stop()
    server.start(state="second-" + language)
    app.await_words("The server is not the one you know")
    look(tap, app, "another server's key", MAIN)
    dialog(tap, app, "press primary", "question: trust")
    tap.equal(app.end(), 0, f"{language}: the app ends well")
    server.stop()
    unlock(tap, catalogues, language)


def unlock(tap, catalogues, language):
    app = Foreign("First", language, catalogues)
    title = next(iter(wait(app.others, "the window that asks for the passphrase")))
    narrow(tap, app, title)
    look(tap, app, "unlock", title)
    app.tell("fill passphrase wrong")
    app.tell("press unlock")
    app.await_words(WRONG)
    look(tap, app, "unlock, wrong passphrase", title)
    tap.equal(app.end(), 0, f"{language}: the app ends well")
    damage(tap, catalogues, language)


def damage(tap, catalogues, language):
    """What is there instead of a window where there is no history to open."""
    folder = scratch(f"Damaged-{language}")
    os.makedirs(folder)
    with open(os.path.join(folder, "history.db"), "wb") as file:
        file.write(b"This is no database. " * 500)
    app = Foreign("Damaged", language, catalogues)
    app.window(MAIN)
    narrow(tap, app, MAIN)
    look(tap, app, "damaged", MAIN)
    tap.equal(app.end(), 0, f"{language}: the app ends well")


def windows(tap, app):
    """What there is about somebody, and about the app."""
    dialog(tap, app, "activate win.new-chat", "new chat")
    with opened(tap, app, "activate chat.details", "details"):
        dialog(tap, app, "press clear", "question: clear")
    dialog(tap, app, "activate chat.remove", "question: delete the chat")
    dialog(tap, app, "activate chat.connection", "connection")
    dialog(tap, app, "activate win.setup", "setup")
    dialog(tap, app, "activate win.show-help-overlay", "shortcuts", toolkits=True)
    dialog(tap, app, "activate app.about", "about", toolkits=True)


def context_menu(tap, app, title, what):
    """Of the row that has the focus."""
    key("shift+F10")
    app.find("menu item", visible=False)
    look(tap, app, what, title)
    close_menus(app)


def message_menu(tap, app):
    row = programs.await_message(app, "oak")
    row.click()
    row.await_state("focused")
    context_menu(tap, app, CHAT, "menu of a message")
    dialog(tap, app, "activate message.delete", "question: delete the message")


def request(tap, app, server):
    """Somebody who knocks, and what is searched for in the list."""
    bob = TermPeer("Bob", server, peer_id(app))
    app.focus(CHAT)
    key("alt+Left")
    app.window(MAIN)
    app.find("list item", "Bob", visible=False)
    look(tap, app, "chats and a request", MAIN)
    app.find("list item", "^Grace[,،] ").await_state("focused")
    context_menu(tap, app, MAIN, "menu of a chat")
    for text, what in (("oak", "something found"), ("zzz", "nothing found")):
        app.focus(MAIN)
        key("ctrl+f")
        key("ctrl+a")
        type_text(text)
        wait(lambda text=text: app.find("entry", visible=False).text == text, "the search")
        look(tap, app, what, MAIN)
    key("Escape")
    return bob


def conversation(tap, catalogues, language):
    server = Server(state="server-" + language)
    grace = TermPeer("Grace", server)
    app = Foreign("Ada", language, catalogues, "--server", str(server), "--name", "Ada", grace.peer_id)
    grace.say(*SAID)
    app.window(CHAT, active=True)
    programs.await_message(app, "oak")
    narrow(tap, app, CHAT)
    look(tap, app, "chat", CHAT)
    windows(tap, app)
    # Where text is large there is a link under the pointer.
    if TEXT == 100:
        message_menu(tap, app)
    menus(tap, app)
    bob = request(tap, app, server)
    if LANGUAGES:
        app.resize(MAIN, WIDE, 640)
        look(tap, app, "wide", app.main_title(), width=WIDE)
    grace.leave()
    bob.leave()
    server.stop()
    look(tap, app, "without a server", app.main_title(), width=WIDE if LANGUAGES else NARROW)
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
    set_text_size(TEXT, os.environ["XDG_CONFIG_HOME"])
    driver.TIMEOUT /= 2
    for language in LANGUAGES or (PSEUDO,):
        catalogues = CATALOGUES if LANGUAGES else make_pseudo()
        if language in LOCALES:
            make_locale(language)
        for journey in (welcome, conversation):
            run(tap, f"{language} {journey.__name__}",
                lambda tap, journey=journey: journey(tap, catalogues, language))
            for app in Foreign.started:
                app.process.kill()
    return tap.done()


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
