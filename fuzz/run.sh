#!/bin/sh
# Fuzzes one entry point after another, each for so many seconds on one core, and says what came of each.
# usage: run.sh SECONDS [ENTRY...]
# What is found lies in fuzz/target/found, and is run again with: run.sh 0 ENTRY fuzz/target/found/ENTRY-...
#
# Stable Rust will do. FUZZ_TOOLCHAIN=nightly adds AddressSanitizer, for the unsafe code of the component.
set -eu

seconds=${1:?"usage: $0 SECONDS [ENTRY...]"}
shift
root=$(cd "$(dirname "$0")/.." && pwd)
target=$root/fuzz/target
triple=$(rustc -vV | sed -n 's/^host: //p')
coverage='-Cpasses=sancov-module -Ccodegen-units=1 --cfg fuzzing
  -Cllvm-args=-sanitizer-coverage-level=4
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
  -Cllvm-args=-sanitizer-coverage-pc-table
  -Cllvm-args=-sanitizer-coverage-trace-compares'
sanitizer=
if [ "${FUZZ_TOOLCHAIN:-}" = nightly ]; then
  sanitizer=-Zsanitizer=address
  target=$target/asan
fi

# With --target the flags do not reach build scripts, which would not link.
RUSTFLAGS="$(echo $coverage) $sanitizer" CARGO_TARGET_DIR=$target cargo ${FUZZ_TOOLCHAIN:++$FUZZ_TOOLCHAIN} build --quiet \
  --locked --release --features libfuzzer --target "$triple" --manifest-path "$root/fuzz/Cargo.toml"
program=$target/$triple/release/bisque-fuzz

if [ "$seconds" = 0 ]; then # once, over the given files
  FUZZ_ENTRY=$1
  export FUZZ_ENTRY
  shift
  exec "$program" "$@"
fi

found=$root/fuzz/target/found
mkdir -p "$found"
failed=0 passed=0
for entry in ${*:-$(ls "$root/fuzz/corpus")}; do
  grown=$root/fuzz/target/corpus/$entry
  log=$found/$entry.log
  mkdir -p "$grown"
  if FUZZ_ENTRY=$entry nice -n 10 "$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1024 -malloc_limit_mb=256 \
    -max_len=4096 -print_final_stats=1 -verbosity=1 -artifact_prefix="$found/$entry-" \
    "$grown" "$root/fuzz/corpus/$entry" >"$log" 2>&1
  then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    tail -n 40 "$log"
  fi
  coverage=$(sed -n 's/.*cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
  inputs=$(sed -n 's/stat::number_of_executed_units: *//p' "$log")
  memory=$(sed -n 's/stat::peak_rss_mb: *//p' "$log")
  echo "$entry: ${inputs:-?} inputs, ${coverage:-?} edges, at most ${memory:-?} MB"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
