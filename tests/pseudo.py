#!/usr/bin/env python3
"""Makes the catalogue of a language that nobody speaks, to find what cannot be translated and what has
no room for it.

usage: pseudo.py TREE FILE.mo

Each string of the tree becomes itself in brackets, with an accent on every letter and longer by a
third: "[Şḗřṽḗř ẋẋẋẋ]". A plain letter on the screen is then no catalogue's, and a missing bracket
was cut off.
"""

import math
import os
import re
import subprocess
import sys
import tempfile

from translations import listed_files, make_template

PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
ACCENTED = "ȧƀƈḓḗƒɠħīĵķŀḿƞǿƥɋřşŧŭṽẇẋẏẑȦƁƇḒḖƑƓĦĪĴĶĿḾȠǾƤɊŘŞŦŬṼẆẊẎẐ"
TABLE = str.maketrans(PLAIN, ACCENTED)
# Directives of printf and strftime, markup, entities, and the escapes of a .po file.
KEPT = re.compile(r"%(?:\d+\$)?[-+#0'_^]*\d*(?:\.(?:\d+|\*))?(?:hh|h|ll|l|j|z|t)?(?:[A-Za-z%]|<PRI\w+>)"
                  r"|</?\w[^>]*>|&#?\w+;|\\.")
LENGTHEN = 0.35
WORD = 6
FEW = 3


def pseudo(text):
    """What becomes of a string, in the spelling of .po files."""
    plain = KEPT.sub("", text)
    if not plain.strip():
        return text
    # What only puts others together, such as "%s, %d ms", is as short in every language.
    if sum(map(str.isalpha, plain)) <= FEW:
        return "".join(part if KEPT.fullmatch(part) else part.translate(TABLE)
                       for part in re.split(f"({KEPT.pattern})", text))
    parts, at = [], 0
    for kept in KEPT.finditer(text):
        parts += [text[at:kept.start()].translate(TABLE), kept[0]]
        at = kept.end()
    parts.append(text[at:].translate(TABLE))
    padding, left = "", math.ceil(len(plain) * LENGTHEN)
    while left > 0:
        padding += " " + "ẋ" * min(left, WORD)
        left -= WORD + 1
    # msgfmt wants both to begin and to end with a new line, or neither.
    body, end = re.fullmatch(r"(.*?)((?:\\n)*)", "".join(parts), re.DOTALL).groups()
    begin, body = re.fullmatch(r"((?:\\n)*)(.*)", body, re.DOTALL).groups()
    return f"{begin}[{body}{padding}]{end}"


def strings(lines):
    """Yields (keyword, text) of a normalised catalogue; ("", "") between entries."""
    keyword, text = "", ""
    for line in lines:
        match = re.fullmatch(r'(?:(msg\w+(?:\[\d\])?) )?"(.*)"', line)
        if match is None or match[1]:
            if keyword:
                yield keyword, text
            keyword, text = (match[1], match[2]) if match else ("", "")
            if match is None and not line.strip():
                yield "", ""
        else:
            text += match[2]
    if keyword:
        yield keyword, text


def translate(template):
    """The template's text as a catalogue."""
    out, entry = [], {}
    for keyword, text in [*strings(template.splitlines()), ("", "")]:
        if keyword:
            entry[keyword] = text
            continue
        if entry.get("msgid"):
            for name in ("msgctxt", "msgid", "msgid_plural"):
                if name in entry:
                    out.append(f'{name} "{entry[name]}"')
            if "msgid_plural" in entry:
                out += [f'msgstr[0] "{pseudo(entry["msgid"])}"',
                        f'msgstr[1] "{pseudo(entry["msgid_plural"])}"']
            else:
                out.append(f'msgstr "{pseudo(entry["msgid"])}"')
            out.append("")
        entry = {}
    header = (r'msgid ""' "\n" r'msgstr "Content-Type: text/plain; charset=UTF-8\n'
              r'Plural-Forms: nplurals=2; plural=(n != 1);\n"' "\n")
    return header + "\n" + "\n".join(out)


def main():
    tree, target = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        template = os.path.join(scratch, "knothole.pot")
        catalogue = os.path.join(scratch, "pseudo.po")
        make_template(tree, listed_files(tree), template)
        text = subprocess.run(["msgcat", "--no-wrap", "--no-location", template], check=True,
                              capture_output=True, text=True).stdout
        with open(catalogue, "w", encoding="utf-8") as file:
            file.write(translate(text))
        subprocess.run(["msgfmt", "--check-format", "--output-file", target, catalogue], check=True)


if __name__ == "__main__":
    main()
