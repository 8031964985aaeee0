#!/bin/sh
# Builds a static library with cargo and puts it where meson wants it, touching it only when it has changed: a new time
# stamp would relink everything. Writes the list of its sources for ninja, which then calls cargo only when one is newer.
# usage: cargo-build.sh SOURCE-DIR PACKAGE LIBRARY PROFILE TARGET CARGO-DIR OUTPUT DEPFILE [CARGO-ARGUMENT...]
#        TARGET is a Rust target triple, or "host"; CARGO-DIR is cargo's target folder, unless CARGO_TARGET_DIR is set
# SPDX-License-Identifier: MIT OR Apache-2.0
set -e
source=$(cd "$1" && pwd -P) package=$2 library=$3 profile=$4 target=$5
absolute () { echo "$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"; }
cargo_dir=${CARGO_TARGET_DIR:-$(absolute "$6")} output=$(absolute "$7") depfile=$(absolute "$8")

# Ninja runs it through this path even under a PATH that has lost it since.
if ! command -v cargo >/dev/null && [ -x "$HOME/.cargo/bin/cargo" ]; then
  PATH=$HOME/.cargo/bin:$PATH
fi

# No path of the machine that builds it goes into the library. Flags are separated by this character, or by blanks.
us=$(printf '\037')
flags=${CARGO_ENCODED_RUSTFLAGS:-$(printf %s "$RUSTFLAGS" | tr ' ' "$us")}
for map in "$source=bisque" "${CARGO_HOME:-$HOME/.cargo}=cargo" "$cargo_dir=target"; do
  flags="${flags:+$flags$us}--remap-path-prefix=$map"
done
export CARGO_ENCODED_RUSTFLAGS="$flags" CARGO_TARGET_DIR="$cargo_dir"

depends_for=$7
shift 8

cd "$source"
directory=$profile
[ "$profile" = dev ] && directory=debug
[ "$target" = host ] && target=$CARGO_BUILD_TARGET
if [ -n "$target" ]; then
  directory=$target/$directory
fi
cargo build --locked --lib --package "$package" --profile "$profile" ${target:+--target "$target"} "$@"
archive=$cargo_dir/$directory/$library
cmp -s "$archive" "$output" || cp "$archive" "$output"
# cargo names its own copies of the library; ninja knows the one that meson asked for.
{ printf '%s:' "$depends_for"; sed -n 's/^[^:]*[^\\]: */ /p' "${archive%.a}.d" | tr -d '\n'; echo; } >"$depfile"
