#!/usr/bin/env python3
"""Has appstreamcli look at the metainfo as strictly as it can, and accepts no remark but those known.

usage: test-metainfo.py APPSTREAMCLI METAINFO SCREENSHOT

The pictures that it names must be those in the folder of SCREENSHOT, 300 KB together.
"""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree

KNOWN = {
    # The ID is the app's name on the bus too, and on every desktop; GNOME's rule asks for this form.
    "cid-contains-uppercase-letter",
    # Of appstream before 1.0, where it was called developer_name.
    "unknown-tag developer",
}
TOTAL_MAX = 300 * 1000


def remarks(program, path):
    said = subprocess.run([program, "validate", "--pedantic", "--no-net", path], text=True,
                          capture_output=True, check=False).stdout
    for line in said.splitlines():
        match = re.match(r"[EWIP]: \S+ (\S+)(?: (\S+))?", line)
        if match and match[1] not in KNOWN and f"{match[1]} {match[2]}" not in KNOWN:
            yield line


def size(path):
    """(width, height) of a PNG."""
    with open(path, "rb") as file:
        head = file.read(24)
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def pictures(path, folder):
    named = {image.text.rsplit("/", 1)[1]: (int(image.get("width")), int(image.get("height")))
             for image in xml.etree.ElementTree.parse(path).getroot().iter("image")}
    there = {name: size(os.path.join(folder, name))
             for name in os.listdir(folder) if name.endswith(".png")}
    if named != there:
        yield f"the screenshots are {there}, and not {named}"
    total = sum(os.path.getsize(os.path.join(folder, name)) for name in there)
    if total > TOTAL_MAX:
        yield f"the screenshots have {total} bytes"


def main():
    program, path, picture = sys.argv[1:]
    folder = os.path.dirname(picture)
    found = [*remarks(program, path), *pictures(path, folder)]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
