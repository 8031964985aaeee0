#!/bin/sh
# Makes one object of cargo's archive and the C code beside it, which shows the interface's names only, and an archive of that.
# Two archives of Rust's can be in one program this way. usage: static.sh CC OBJCOPY AR ARCHIVE OBJECT OUTPUT
# SPDX-License-Identifier: MIT OR Apache-2.0
set -e
cc=$1 objcopy=$2 ar=$3 archive=$4 object=$5 output=$6
whole=${output%.a}.o
"$cc" -r -nostdlib -o "$whole" -Wl,--whole-archive "$archive" -Wl,--no-whole-archive "$object"
# Binutils with an LLVM plug-in would take the bitcode of Rust's own libraries for the object.
"$objcopy" --wildcard --keep-global-symbol='soup_*' --keep-global-symbol='_SOUP_METHOD_*' --keep-global-symbol='bisque_*' \
  --keep-global-symbol='WebSocket*' --remove-section=.llvmbc --remove-section=.llvmcmd "$whole"
rm -f "$output"
"$ar" crs "$output" "$whole"
rm "$whole"
