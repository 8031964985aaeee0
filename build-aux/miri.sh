#!/bin/sh
# Runs the corpus of the fuzzer through the component, and the component without memory, under Miri: undefined behaviour
# in wspc and in the crates below it, leaks, alignment. Takes a nightly toolchain with the components miri and rust-src.
set -eu
cd "$(dirname "$0")/.."
if ! cargo +nightly miri --version >/dev/null 2>&1; then
  echo 'Miri is not installed: rustup +nightly component add miri rust-src' >&2
  exit 1
fi
# The corpus is read from files, and keys come from the system.
export MIRIFLAGS=-Zmiri-disable-isolation
exec cargo +nightly miri test --locked --manifest-path fuzz/Cargo.toml --target-dir target/miri \
  --test fuzz_corpus --test component_memory -- every_
