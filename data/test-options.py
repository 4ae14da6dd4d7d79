#!/usr/bin/env python3
"""Checks that the manual page and the completions of a program name just the options that its --help
does, and that bash completes each of them.

usage: test-options.py PROGRAM FOLDER

FOLDER is data/. Speaks TAP. The completions are read by their shells where those are there.
"""

import os
import re
import shutil
import subprocess
import sys

# Of GLib, and of no use to anybody who does not know them already.
GLIBS = {"--help-all", "--help-gapplication"}
SHELLS = {"bash": ("bash", "-n"), "zsh": ("zsh", "-n"), "fish": ("fish", "--no-execute")}

COMPLETE = """
source "$1"
COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
"_${2//-/_}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Tap:
    """One program says little, so this does."""

    def __init__(self):
        self.count = self.failed = 0

    def equal(self, got, expected, name):
        self.count += 1
        self.failed += got != expected
        print(f"{'ok' if got == expected else 'not ok'} {self.count} {name}")
        if got != expected:
            print(f"# missing {sorted(expected - got)}, too much {sorted(got - expected)}")


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def in_help(program):
    """All options, and those of them that take a value."""
    done = subprocess.run([program, "--help"], check=True, capture_output=True, text=True)
    found = re.findall(r"^ +(?:-\w, )?(--[a-z-]+)(=?)", done.stdout, re.MULTILINE)
    return {option for option, _ in found} - GLIBS, {option for option, sign in found if sign}


def in_manual(text):
    """Those that the list explains; -help and -version as every other."""
    return set("-" + name for name in re.findall(r"^\.It Fl (-[a-z-]+)", text, re.MULTILINE))


def in_fish(text):
    return set("--" + name for name in re.findall(r" -l ([a-z-]+)", text))


def in_words(text):
    return set(re.findall(r"(?<![\w-])--[a-z-]+", text))


def answers(path, *words):
    """What bash completes the last of the words to, in data/."""
    done = subprocess.run(["bash", "-c", COMPLETE, "bash", path, *words], check=True,
                          capture_output=True, text=True, cwd=os.path.dirname(os.path.dirname(path)))
    return set(done.stdout.split())


def completed_by_bash(path, name, options):
    """The options of which some true prefix leads to them."""
    return {option for option in options if option in answers(path, name, option[:-1])}


def values_by_bash(path, name, options, *words):
    """What may stand after an option, of those options after which bash knows something."""
    return {f"{option} {value}" for option in options
            for value in answers(path, name, option, *words)}


def main():
    program, data = sys.argv[1:]
    name = os.path.basename(program)
    completions = os.path.abspath(os.path.join(data, "completions"))
    options, with_value = in_help(program)
    tap = Tap()
    tap.equal(in_manual(read(data, name + ".1")), options, f"{name}(1)")
    for shell, find in (("bash", in_words), ("zsh", in_words), ("fish", in_fish)):
        path = os.path.join(completions, f"{name}.{shell}")
        tap.equal(find(read(path)), options, f"{shell} completion of {name}")
        if shutil.which(shell):
            done = subprocess.run([*SHELLS[shell], path], check=False, capture_output=True,
                                  text=True)
            tap.equal({done.stderr} - {""}, set(), f"{shell} reads it")
    path = os.path.join(completions, name + ".bash")
    tap.equal(completed_by_bash(path, name, options), options, "bash completes each of them")
    values = values_by_bash(path, name, with_value, "")
    tap.equal(values_by_bash(path, name, with_value, "="), values, "their values after a sign too")
    tap.equal(values_by_bash(path, name, with_value, "=", ""), values, "and those begun there")
    print(f"1..{tap.count}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
