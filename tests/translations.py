#!/usr/bin/env python3
"""Checks that all that a person reads can be translated, and is.

usage: translations.py TREE

Each file with strings for people must be in po/POTFILES.in, each file in there must exist, and each
catalogue of po/LINGUAS must hold a translation of every string of the tree as it is
now, none of them a guess ("fuzzy"), with format directives and plural forms that fit.
"""

import os
import re
import subprocess
import sys
import tempfile

KEYWORDS = ("_", "N_", "C_:1c,2", "NC_:1c,2", "ngettext:1,2", "g_dngettext:2,3", "g_dpgettext2:2c,3")
CALLS = re.compile(r"\b(?:_|N_|C_|NC_|ngettext|g_dngettext)\s*\(")
COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def has_strings(tree, path):
    text = read(os.path.join(tree, path))
    if path.endswith(".c"):
        return CALLS.search(COMMENTS.sub("", text)) is not None
    return 'translatable="yes"' in text or 'translatable="true"' in text


def sources(tree):
    """What may hold strings, besides the files of data/, which are named by hand."""
    for folder in ("src", "server"):
        for root, _, names in os.walk(os.path.join(tree, folder)):
            for name in names:
                if name.endswith((".c", ".ui")):
                    yield os.path.relpath(os.path.join(root, name), tree)


def listed_files(tree):
    return [line for line in read(os.path.join(tree, "po", "POTFILES.in")).split("\n") if line]


def check_list(tree, listed):
    problems = []
    for path in listed:
        if not os.path.exists(os.path.join(tree, path)):
            problems.append(f"po/POTFILES.in names {path}, which is not there")
    for path in sorted(sources(tree)):
        if path not in listed and has_strings(tree, path):
            problems.append(f"{path} has strings, and is not in po/POTFILES.in")
    if listed != sorted(listed):
        problems.append("po/POTFILES.in is not sorted")
    return problems


def make_template(tree, listed, template):
    present = [path for path in listed if os.path.exists(os.path.join(tree, path))]
    subprocess.run(["xgettext", "--from-code=UTF-8", "--add-comments", "--output", template]
                   + [f"--keyword={keyword}" for keyword in KEYWORDS] + present,
                   cwd=tree, check=True)


def check_catalogue(tree, language, template, scratch):
    """How many strings lack a translation; and what msgfmt says."""
    catalogue = os.path.join(tree, "po", f"{language}.po")
    merged = os.path.join(scratch, f"{language}.po")
    subprocess.run(["msgmerge", "--quiet", "--no-fuzzy-matching", "--output-file", merged, catalogue,
                    template], check=True)
    problems = []
    checked = subprocess.run(["msgfmt", "--check", "--output-file", "/dev/null", merged],
                             capture_output=True, text=True, check=False)
    if checked.returncode != 0:
        problems.append(f"po/{language}.po: {checked.stderr.strip()}")
    for what, option in (("untranslated", "--untranslated"), ("fuzzy", "--only-fuzzy")):
        found = subprocess.run(["msgattrib", option, "--no-obsolete", merged], capture_output=True,
                               text=True, check=True).stdout
        count = sum(1 for line in found.splitlines() if line.startswith('msgid "')) - 1
        if count > 0:
            first = re.findall(r'^msgid (".*"(?:\n".*")*)', found, re.MULTILINE)[1]
            problems.append(f"po/{language}.po: {count} {what}, such as {first}")
    return problems


def main():
    tree = os.path.abspath(sys.argv[1])
    listed = listed_files(tree)
    problems = check_list(tree, listed)
    with tempfile.TemporaryDirectory() as scratch:
        template = os.path.join(scratch, "knothole.pot")
        make_template(tree, listed, template)
        for language in read(os.path.join(tree, "po", "LINGUAS")).split():
            problems += check_catalogue(tree, language, template, scratch)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
