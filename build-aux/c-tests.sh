#!/bin/sh
# Prints the names of tests/c's programs (those with a main of GLib's test framework), or with "support" the rest.
cd "$(dirname "$0")/../tests/c" || exit 1
flag=-l
[ "$1" = support ] && flag=-L
grep $flag g_test_run -- *.c 2>/dev/null | sed 's/\.c$//'
exit 0
