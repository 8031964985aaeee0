#!/bin/sh
# Prints names of the C files in tests/c, without ".c": those with a main of GLib's test framework, or the others.
# usage: c-tests.sh programs|support FACE      FACE is soup, or component for the files called component-*
cd "$(dirname "$0")/../tests/c" || exit 1
flag=-l
[ "$1" = support ] && flag=-L
for file in $(grep $flag g_test_run -- *.c 2>/dev/null); do
  case $2:$file in
    component:component-*) echo "${file%.c}" ;;
    component:* | soup:component-*) ;;
    soup:*) echo "${file%.c}" ;;
  esac
done
