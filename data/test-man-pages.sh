#!/bin/sh
# Checks that both programs that set manual pages have nothing to remark on these.
#
# usage: test-man-pages.sh PAGE...

status=0
# man needs a width where there is no terminal, or it warns of the one it makes up.
export LC_ALL=C.UTF-8 MANWIDTH=80 MANROFFSEQ=
for page in "$@"; do
    remarks=$(man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null
              mandoc -T lint -W warning "$page" 2>&1)
    if [ -n "$remarks" ]; then
        echo "$page:"
        echo "$remarks"
        status=1
    fi
done
exit $status
