#!/usr/bin/env python3
"""Lays rows out as a table: figure, ours, reference, ratio, aim, separated by tabs.

A line that starts with "#" is the title of a section. A row of two cells is one that has no
figures, and says why: "skipped: …", or "failed: …", which makes the exit status 1.
"""

import sys

WIDTHS = (52, 17, 17, 9)


def main():
    print("figure".ljust(WIDTHS[0]) + "ours".rjust(WIDTHS[1]) + "reference".rjust(WIDTHS[2]) +
          "ratio".rjust(WIDTHS[3]) + "  aim", flush=True)
    failed = False
    for line in sys.stdin:
        cells = line.rstrip("\n").split("\t")
        if line.startswith("#"):
            print("\n" + line[1:].strip(), flush=True)
        elif len(cells) == 2 and not cells[1][:1].isdigit():
            print(f"{cells[0].ljust(WIDTHS[0])}  {cells[1]}", flush=True)
            failed |= cells[1].startswith("failed")
        else:
            cells += [""] * (5 - len(cells))
            print((cells[0].ljust(WIDTHS[0]) + "".join(
                cell.rjust(width) for cell, width in zip(cells[1:4], WIDTHS[1:])) +
                   "  " + cells[4]).rstrip(), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
