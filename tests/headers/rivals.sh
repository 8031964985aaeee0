#!/bin/sh
# libsoup and libbisque in one process: a sentence, and the end. usage: rivals.sh PROGRAM LIBRARY
output=$(LD_PRELOAD=$2 "$1" 2>&1)
status=$?
echo "$output"
case $status:$output in
  1:*"cannot share a process"*) exit 0 ;;
esac
echo "status $status"
exit 1
