#!/bin/sh
# Builds a static library with cargo and puts it where meson wants it, touching it only when it has changed:
# a new time stamp would relink everything.
# usage: cargo-build.sh SOURCE-DIR PACKAGE LIBRARY PROFILE OUTPUT
set -e
source=$1 package=$2 library=$3 profile=$4 output=$5
cd_output=$(cd "$(dirname "$output")" && pwd)/$(basename "$output")
cd "$source"
cargo build --quiet --locked --lib --package "$package" --profile "$profile"
directory=$profile
[ "$profile" = dev ] && directory=debug
archive=${CARGO_TARGET_DIR:-$source/target}/${CARGO_BUILD_TARGET:+$CARGO_BUILD_TARGET/}$directory/$library
cmp -s "$archive" "$cd_output" || cp "$archive" "$cd_output"
