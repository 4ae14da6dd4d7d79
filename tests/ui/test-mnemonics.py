"""No two controls of one window have the same mnemonic: Alt and the letter would do nothing but move
the focus between them. Read from the templates, and from what the code puts into them, in each language.

usage: test-mnemonics.py SOURCES CATALOGUES   (the folders src/app and po)
"""

import collections
import gettext
import io
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))

from tap import Tap  # noqa: E402  pylint: disable=wrong-import-position

SOURCES, CATALOGUES = sys.argv[1:3]
MNEMONIC = re.compile(r"_(\w)")
CALL = re.compile(r'\b_ \("((?:[^"\\]|\\.)*)"\)')
# Files whose strings become labels of the windows that have their class in them. Menus and dialogs are
# windows of their own, and never open together.
IN_CODE = {"KhWindow": ["link-notice.c", "chat-view.c", "sidebar.c", "id-card.c"], "KhSetup": ["setup.c"]}


# Parts of a window that are made when they are needed.
MADE_LATER = {"welcome-page.ui": "KhWindow", "no-chats.ui": "KhWindow"}
MENUS = ("chat-menu.ui", "window.ui")


class Template:
    def __init__(self, name):
        tree = xml.parse(os.path.join(SOURCES, name))
        template = tree.find("template")
        if template is None:
            template = tree.getroot()
        self.name = template.get("class", name)
        self.parent = template.get("parent", "")
        self.labels = []
        self.parts = []
        for element in template.iter("object"):
            text = [(child.text, child.get("context")) for child in element.findall("property")
                    if child.get("name") in ("label", "title")]
            marked = any(child.get("name") == "use-underline" and child.text == "True"
                         for child in element.findall("property"))
            if marked and text:
                self.labels.append(text[0])
            if element.get("class").startswith("Kh"):
                self.parts.append(element.get("class"))


def labels_of(templates, name):
    """With those of the parts. The same words are the same control, shown elsewhere in a narrow window."""
    template = templates.get(name)
    if template is None:
        return {}
    found = dict.fromkeys(template.labels)
    for part in template.parts:
        found |= labels_of(templates, part)
    return found


def labels_in_code(name):
    for file in IN_CODE.get(name, ()):
        with open(os.path.join(SOURCES, file), encoding="utf-8") as source:
            yield from ((text, None) for text in CALL.findall(source.read()) if MNEMONIC.search(text))


def menus(file):
    """Yields the labels of each menu of a template, as it is with one of those items that come and go."""
    for menu in xml.parse(os.path.join(SOURCES, file)).iter("menu"):
        constant, changing = [], []
        for item in menu.iter("item"):
            attributes = {child.get("name"): child for child in item.findall("attribute")}
            label = attributes["label"]
            found = changing if "hidden-when" in attributes else constant
            found.append((label.text, label.get("context")))
        for item in changing or [None]:
            yield menu.get("id"), [*constant, *filter(None, [item])]


def open_catalogue(language):
    """None for English."""
    if language is None:
        return gettext.NullTranslations()
    compiled = subprocess.run(["msgfmt", "--output-file=-", os.path.join(CATALOGUES, language + ".po")],
                              check=True, capture_output=True).stdout
    return gettext.GNUTranslations(io.BytesIO(compiled))


def shared_letters(labels, catalogue):
    """Returns the letters of all, and the labels of those that are there twice."""
    by_letter = collections.defaultdict(set)
    for text, context in labels:
        words = catalogue.gettext(text) if context is None else catalogue.pgettext(context, text)
        mnemonic = MNEMONIC.search(words)
        # Where letters are not on every keyboard, a translation may do without.
        if mnemonic is not None:
            by_letter[mnemonic[1].lower()].add(words)
    twice = {letter: sorted(found) for letter, found in by_letter.items() if len(found) > 1}
    return "".join(sorted(by_letter)), twice


def main():
    tap = Tap()
    templates = {}
    for file in sorted(os.listdir(SOURCES)):
        if file.endswith(".ui"):
            template = Template(file)
            templates[template.name] = template
    for file, name in MADE_LATER.items():
        templates[name].parts.append(file)
    windows = [name for name, template in templates.items() if "Window" in template.parent]
    tap.ok(len(windows) > 10, "the windows are found", " ".join(windows))
    with open(os.path.join(CATALOGUES, "LINGUAS"), encoding="utf-8") as file:
        languages = file.read().split()
    for language in (None, *languages):
        catalogue = open_catalogue(language)
        for name in windows:
            labels = labels_of(templates, name) | dict.fromkeys(labels_in_code(name))
            letters, twice = shared_letters(labels, catalogue)
            tap.equal(twice, {}, f"{language or 'en'}: {name}: {letters}")
        for file in MENUS:
            for name, labels in menus(file):
                letters, twice = shared_letters(labels, catalogue)
                tap.equal(twice, {}, f"{language or 'en'}: {name}: {letters}")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
