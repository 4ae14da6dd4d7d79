"""No two controls of one window have the same mnemonic: Alt and the letter would do nothing but move
the focus between them. Read from the templates, and from what the code puts into them.

usage: test-mnemonics.py SOURCES   (the folder src/app)
"""

import collections
import os
import re
import sys
import xml.etree.ElementTree as xml

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))

from tap import Tap  # noqa: E402  pylint: disable=wrong-import-position

SOURCES = sys.argv[1]
MNEMONIC = re.compile(r"_(\w)")
CALL = re.compile(r'\b_ \("((?:[^"\\]|\\.)*)"\)')
# Files whose strings become labels of the windows that have their class in them. Menus and dialogs are
# windows of their own, and never open together.
IN_CODE = {"KhWindow": ["link-notice.c", "chat-view.c", "sidebar.c", "id-card.c"], "KhSetup": ["setup.c"]}


# Parts of a window that are made when they are needed.
MADE_LATER = {"welcome.ui": "KhWindow", "no-chats.ui": "KhWindow"}


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
            text = [child.text for child in element.findall("property") if child.get("name") in ("label", "title")]
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
            yield from (text for text in CALL.findall(source.read()) if MNEMONIC.search(text))


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
    for name in windows:
        by_letter = collections.defaultdict(list)
        for label in labels_of(templates, name) | dict.fromkeys(labels_in_code(name)):
            by_letter[MNEMONIC.search(label)[1].lower()].append(label)
        twice = {letter: found for letter, found in by_letter.items() if len(found) > 1}
        tap.equal(twice, {}, f"{name}: {''.join(sorted(by_letter))}")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
