#!/bin/sh
# Compiles echo.vala over the new vapi and runs it. usage: run.sh SOURCE-ROOT BUILD-ROOT
set -e
source=$1 build=$2
place=$build/tests/vala
mkdir -p "$place"
cd "$place"
cp "$source/tests/vala/echo.vala" .
valac --quiet --ccode --vapidir "$build" --pkg bisque-3.0 --pkg gio-2.0 echo.vala
# shellcheck disable=SC2046 # a list of words
cc -w echo.c -o echo -I"$source/include" $(pkg-config --cflags gio-2.0) -L"$build" -lbisque-3.0 $(pkg-config --libs gio-2.0)
LD_LIBRARY_PATH=$build ./echo
