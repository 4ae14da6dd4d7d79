#!/bin/sh
# Checks every C file against .clang-format.
#
# usage: format.sh [TREE]
#
# Exits 77 (skipped) where there is no clang-format.

set -eu
cd "${1:-$(dirname "$0")/..}"

if ! command -v clang-format >/dev/null; then
    echo "skipped: clang-format is not installed"
    exit 77
fi

find src server tests -name '*.[ch]' -exec clang-format --dry-run -Werror {} +
