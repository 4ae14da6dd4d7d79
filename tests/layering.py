#!/usr/bin/env python3
"""Checks that every #include follows the table in README.md, "The tree", and that the sans-IO
folders name no GIO, socket, clock, random, disk or thread call.

usage: layering.py [--self-check] [TREE]

--self-check proves that the test can fail: it makes a small tree that holds to the rules, and then
breaks one rule at a time in it. Exits 1 when a rule is broken, or when a break goes unnoticed.
"""

import argparse
import os
import re
import sys
import tempfile

# The include table: what each folder may include besides itself. Anything absent must not be.
MAY_INCLUDE = {
    "wire": set(),
    "crypto": {"wire"},
    "transport": {"wire"},
    "path": {"wire", "crypto"},
    "node": {"transport", "path", "crypto", "wire"},
    "chat": {"wire"},
    "io": {"wire"},
    "store": {"chat", "crypto"},
    "engine": {"node", "path", "chat", "io", "store", "crypto", "server"},
    "app": {"engine"},
    "term": {"engine"},
    "server": {"wire", "crypto", "io"},
}

SANS_IO = ("wire", "crypto", "transport", "path", "node", "chat")

# A list of what may be, so that a header nobody thought of is refused too.
SANS_IO_HEADERS = {
    "glib.h", "errno.h", "inttypes.h", "limits.h", "math.h", "stdarg.h", "stdbool.h", "stddef.h",
    "stdint.h", "stdio.h", "stdlib.h", "string.h", "gcrypt.h",
}

# Headers that belong to one folder (or one file) alone.
HEADER_HOME = {
    "gcrypt.h": ("src/crypto/primitives.c",),
    "sqlite3.h": ("src/store/",),
    "gtk/gtk.h": ("src/app/",),
    "adwaita.h": ("src/app/",),
}

# What GLib and the C library offer without a header of their own. The calls are matched as whole
# words that are not a field (`self->random (`), in code freed of comments and strings.
CLOCK_OR_RANDOM = [
    "g_get_monotonic_time", "g_get_real_time", "g_get_current_time", "g_date_time_new_now",
    "g_date_time_new_now_utc", "g_date_time_new_now_local", "g_timer_new", "clock_gettime",
    "clock", "time", "gettimeofday", "g_random_[a-z0-9_]+", "g_rand_new", "g_uuid_string_random",
    "rand", "rand_r", "srand", "random", "srandom", "drand48", "arc4random[a-z_]*", "getrandom",
    "getentropy", "gcry_randomize", "gcry_random_bytes[a-z_]*", "gcry_create_nonce",
    "gcry_mpi_randomize", "gcry_ecc_mul_random",
]
OUTSIDE_WORLD = [
    "g_usleep", "usleep", "sleep", "nanosleep", "g_timeout_[a-z_]+", "g_idle_[a-z_]+",
    "g_main_context_[a-z_]+", "g_thread_new", "g_thread_try_new", "g_getenv", "getenv", "fopen",
    "g_file_[a-z_]+", "g_mkdir[a-z_]*", "g_spawn_[a-z_]+", "socket", "sendto", "recvfrom",
    "sendmsg", "recvmsg", "getaddrinfo", "G_LOCK", "g_mutex_lock",
]


def calls(names):
    return re.compile(r"(?<![\w.>])(" + "|".join(names) + r")\s*\(")


CLOCK_OR_RANDOM_CALL = calls(CLOCK_OR_RANDOM)
SANS_IO_CALL = calls(CLOCK_OR_RANDOM + OUTSIDE_WORLD)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|' r"'(?:\\.|[^'\\\n])*'", re.DOTALL)
COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)


def blank(match):
    """As many lines as before, so that line numbers stay right."""
    return "\n" * match.group(0).count("\n") or " "


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


class Tree:
    def __init__(self, top):
        self.top = top
        self.problems = []

    def complain(self, path, line, what):
        self.problems.append(f"{path}:{line}: {what}")

    def sources(self):
        for folder in sorted(MAY_INCLUDE):
            start = folder if folder == "server" else "src/" + folder
            for where, _, names in os.walk(os.path.join(self.top, start)):
                for name in sorted(names):
                    if name.endswith((".c", ".h")):
                        yield folder, os.path.relpath(os.path.join(where, name), self.top)

    def check_own_include(self, folder, path, line, name):
        if "/" not in name:
            # The one kind of header that is made at build time and has no folder.
            if not name.endswith("-resources.h"):
                self.complain(path, line, f'"{name}": write includes from src/: "{folder}/{name}"')
            return
        target = name.split("/")[0]
        if target not in MAY_INCLUDE:
            self.complain(path, line, f'"{name}" is in no folder of the include table')
        elif target != folder and target not in MAY_INCLUDE[folder]:
            self.complain(path, line, f'{folder} must not include {target} ("{name}")')

    def check_system_include(self, folder, path, line, name):
        if folder in SANS_IO and name not in SANS_IO_HEADERS:
            self.complain(path, line, f"{folder} is sans-IO and must not include <{name}>")
        home = HEADER_HOME.get(name)
        if home and not path.startswith(home):
            self.complain(path, line, f"<{name}> may only be included by {home[0]}")

    def check_file(self, folder, path):
        with open(os.path.join(self.top, path), encoding="utf-8") as file:
            text = file.read()
        with_strings = COMMENT.sub(lambda m: m.group(1) or blank(m), text)
        includes = [(line_of(with_strings, m.start(1)), m.group(1), m.group(2))
                    for m in INCLUDE.finditer(with_strings)]
        for line, kind, name in includes:
            if kind == '"':
                self.check_own_include(folder, path, line, name)
            else:
                self.check_system_include(folder, path, line, name)
        code = NOT_CODE.sub(blank, text)
        self.check_calls(folder, path, code, includes)
        if path.endswith(".h") and not re.search(r"^#pragma once$", code, re.MULTILINE):
            self.complain(path, 1, "no #pragma once")

    def check_calls(self, folder, path, code, includes):
        if folder in SANS_IO:
            for match in SANS_IO_CALL.finditer(code):
                self.complain(path, line_of(code, match.start()),
                              f"{folder} is sans-IO and must not call {match.group(1)} ()")
        # The server's core shares its folder with its driver; only what does IO reads a clock.
        does_io = any(name.startswith(("io/", "gio/", "glib-unix.h")) for _, _, name in includes)
        if folder == "server" and path.endswith(".c") and not does_io:
            for match in CLOCK_OR_RANDOM_CALL.finditer(code):
                self.complain(path, line_of(code, match.start()),
                              f"the server's core is sans-IO and must not call {match.group(1)} ()")

    def check(self):
        count = 0
        for folder, path in self.sources():
            self.check_file(folder, path)
            count += 1
        return count


GOOD = {
    "src/wire/a.h": "#pragma once\n#include <glib.h>\n",
    "src/wire/a.c": '/* time (NULL), #include "node/a.h" */\n#include "wire/a.h"\n'
                    '#include <string.h>\nconst char *s = "random ()";\n'
                    'int f (S *s) { return s->random (1) + s->clock.time (2) + uptime (3); }\n',
    "src/crypto/primitives.c": '#include "wire/a.h"\n#include <gcrypt.h>\n',
    "src/node/a.h": '#pragma once\n#include "wire/a.h"\n',
    "src/io/a.h": '#pragma once\n#include <gio/gio.h>\n',
    "src/io/a.c": '#include <sys/socket.h>\nint t (void) { return g_get_monotonic_time (); }\n',
    "src/engine/a.h": '#pragma once\n#include "node/a.h"\n#include "server/a.h"\n',
    "src/app/a.c": '#include "engine/a.h"\n#include "app-resources.h"\n#include <gtk/gtk.h>\n',
    "server/a.h": '#pragma once\n#include "wire/a.h"\n',
    "server/main.c": '#include "server/a.h"\n#include "io/a.h"\nvoid g (void) { time (0); }\n',
}

# (file, what it holds, what must be said of it)
BREAKS = [
    ("src/wire/b.c", '#include "crypto/a.h"\n', "wire must not include crypto"),
    ("src/crypto/b.c", '#include "transport/a.h"\n', "crypto must not include transport"),
    ("src/transport/b.c", '#include "crypto/a.h"\n', "transport must not include crypto"),
    ("src/path/b.c", '#include "transport/a.h"\n', "path must not include transport"),
    ("src/node/b.c", '#include "chat/a.h"\n', "node must not include chat"),
    ("src/chat/b.c", '#include "node/a.h"\n', "chat must not include node"),
    ("src/io/b.c", '#include "node/a.h"\n', "io must not include node"),
    ("src/store/b.c", '#include "engine/a.h"\n', "store must not include engine"),
    ("src/engine/b.c", '#include "app/a.h"\n', "engine must not include app"),
    ("src/app/b.c", '#include "node/a.h"\n', "app must not include node"),
    ("src/term/b.c", '  #  include "store/a.h"\n', "term must not include store"),
    ("src/term/b.h", '#pragma once\n#include "wire/a.h"\n', "term must not include wire"),
    ("server/b.c", '#include "node/a.h"\n', "server must not include node"),
    ("src/wire/b.c", '#include "a.h"\n', "write includes from src/"),
    ("src/wire/b.c", '#include "other/a.h"\n', "in no folder of the include table"),
    ("src/node/b.c", "#include <gio/gio.h>\n", "must not include <gio/gio.h>"),
    ("src/wire/b.c", "#include <sys/socket.h>\n", "must not include <sys/socket.h>"),
    ("src/path/b.c", "#include <netinet/in.h>\n", "must not include <netinet/in.h>"),
    ("src/path/b.c", "#include <arpa/inet.h>\n", "must not include <arpa/inet.h>"),
    ("src/chat/b.c", "#include <time.h>\n", "must not include <time.h>"),
    ("src/crypto/b.c", "#include <gcrypt.h>\n", "<gcrypt.h> may only be included by"),
    ("server/b.c", "#include <gcrypt.h>\n", "<gcrypt.h> may only be included by"),
    ("src/engine/b.c", "#include <sqlite3.h>\n", "<sqlite3.h> may only be included by"),
    ("src/term/b.c", "#include <gtk/gtk.h>\n", "<gtk/gtk.h> may only be included by"),
    ("src/wire/b.h", '#include <glib.h>\n/* #pragma once\n#pragma once\n*/\n', "no #pragma once"),
    ("server/b.c", "int t (void) { return time (NULL); }\n", "must not call time ()"),
] + [
    ("src/node/b.c", f"void f (void) {{ x = {name} (y); }}\n", f"must not call {name} ()")
    for name in ("g_get_monotonic_time", "g_get_real_time", "g_date_time_new_now_utc", "time",
                 "clock_gettime", "gettimeofday", "g_random_int", "g_random_int_range", "rand",
                 "random", "getrandom", "gcry_randomize", "gcry_create_nonce", "g_timeout_add",
                 "g_file_get_contents", "g_usleep", "socket")
]


def problems_of(files):
    with tempfile.TemporaryDirectory(prefix="layering-") as top:
        for path, text in files.items():
            full = os.path.join(top, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
        tree = Tree(top)
        tree.check()
        return tree.problems


def self_check():
    unnoticed = 0
    found = problems_of(GOOD)
    if found:
        unnoticed += 1
        print("a tree that holds to the rules was refused:", *found, sep="\n  ")
    for path, text, expected in BREAKS:
        found = problems_of({**GOOD, path: text})
        if len(found) != 1 or expected not in found[0] or not found[0].startswith(path + ":"):
            unnoticed += 1
            print(f"{path} with {text!r}: expected one \"{expected}\", got {found}")
    print(f"layering: {len(BREAKS)} ways to break the rules, {unnoticed} of them unnoticed")
    return unnoticed == 0


def main():
    parser = argparse.ArgumentParser(description="Check the include table.")
    parser.add_argument("--self-check", action="store_true")
    parser.add_argument("tree", nargs="?",
                        default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    args = parser.parse_args()
    if args.self_check:
        return 0 if self_check() else 1
    tree = Tree(args.tree)
    count = tree.check()
    print(*tree.problems, sep="\n", end="\n" if tree.problems else "")
    print(f"layering: {count} files, {len(tree.problems)} problems")
    # An empty tree is a wrong path, not a clean one.
    return 0 if count > 0 and not tree.problems else 1


if __name__ == "__main__":
    sys.exit(main())
