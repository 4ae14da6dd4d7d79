#!/usr/bin/env python3
"""Counts the results in a meson testlog.json, and says which tests were skipped or failed and why.

usage: tally.py TESTLOG.JSON

Prints the skipped and the failed tests, then a last line "PASSED FAILED SKIPPED" for the shell. A test that speaks
TAP counts once for each of its points, any other test once.
"""

import json
import re
import sys

POINT = re.compile(r"^(not ok|ok)\b(.*)$", re.MULTILINE)
SKIP = re.compile(r"#\s*SKIP\b\s*(.*)", re.IGNORECASE)
ERROR = re.compile(r"^\w*(Error|ERROR|Exception|Bail out)")
REASON_MAX = 300
NOTHING_PLANNED = re.compile(r"^1\.\.0\b(.*)$", re.MULTILINE)


def last_line(test):
    for stream in ("stderr", "stdout"):
        lines = [line for line in test.get(stream, "").splitlines() if line.strip()]
        if lines:
            return lines[-1].strip()
    return "no reason given"


def reasons(test):
    """What failed, each with the last line that it says of itself: for a Python test the error."""
    found = []
    lines = test.get("stdout", "").splitlines()
    for number, line in enumerate(lines):
        if line.startswith("not ok") and not SKIP.search(line):
            said = []
            for after in lines[number + 1:]:
                if not after.startswith("#"):
                    break
                said.append(after.lstrip("# "))
            errors = [text for text in said if ERROR.search(text)]
            found.append(f"{line} {(errors or said or [''])[-1][:REASON_MAX]}".strip())
    return found or [f"{test['result']}: {last_line(test)[:REASON_MAX]}"]


def count(test):
    """Returns passed, failed, and the reasons of what was skipped."""
    output = test.get("stdout", "")
    if test["result"] == "SKIP":
        planned = NOTHING_PLANNED.search(output)
        reason = SKIP.search(planned.group(1)) if planned else None
        return 0, 0, [reason.group(1) if reason else last_line(test)]
    points = POINT.findall(output)
    skipped = [SKIP.search(rest).group(1) for _, rest in points if SKIP.search(rest)]
    failed = sum(1 for kind, rest in points if kind == "not ok" and not SKIP.search(rest))
    passed = len(points) - failed - len(skipped)
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        return (passed if points else 1), 0, skipped
    # A crash or a timeout fails without a point that says so.
    return passed, max(failed, 1), skipped


def main():
    totals = [0, 0, 0]
    with open(sys.argv[1], encoding="utf-8") as log:
        for line in log:
            test = json.loads(line)
            passed, failed, skipped = count(test)
            totals = [totals[0] + passed, totals[1] + failed, totals[2] + len(skipped)]
            for reason in skipped:
                print(f"skipped: {test['name']}: {reason}")
            for reason in reasons(test) if failed else []:
                print(f"FAILED: {test['name']}: {reason}")
    print(*totals)


if __name__ == "__main__":
    main()
