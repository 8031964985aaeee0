# The two commands of the README are `make demo` and `make check`.
BUILD := build
PROFILE := release

.PHONY: all demo check torture autobahn bench install setup header clean

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	build-aux/setup.sh build
	meson setup $(BUILD) -Dprofile=$(PROFILE)

# An echo server and an echo client, both written for libsoup, talk to each other.
demo:
	build-aux/setup.sh build
	build-aux/demo.sh $(BUILD)

# Every test; the last line says how many passed and failed.
check:
	build-aux/setup.sh check
	tests/check.py $(BUILD)

# Random legal things to random objects from every callback: make torture SECONDS=3600 SEED=7
SECONDS := 600
SEED :=
torture: all
	G_TEST_SRCDIR=$(CURDIR)/tests/c TORTURE_SECONDS=$(SECONDS) $(if $(SEED),TORTURE_SEED=$(SEED)) $(BUILD)/tests/torture/torture

# The whole conformance suite, both roles: twenty minutes and more.
autobahn: all
	python3 tests/interop/autobahn.py
	python3 tests/interop/component.py --full

# How fast, beside whom: writes docs/performance.md and docs/bench.
bench: all
	benches/compare/run

install: all
	meson install -C $(BUILD) --no-rebuild

# Writes include/libsoup/soup.h anew from src/capi.
header:
	cargo check --quiet

clean:
	rm -rf $(BUILD)
	cargo clean

# ---- Looking for faults: docs/debugging.md ----

.PHONY: fuzz asan tsan miri

# Fuzzes each entry point, or those in ENTRIES, for so many seconds on one core.
SECONDS := 60
ENTRIES :=
fuzz:
	fuzz/run.sh $(SECONDS) $(ENTRIES)

# The C tests with AddressSanitizer; those with threads with ThreadSanitizer, or else under valgrind's DRD.
asan:
	build-aux/sanitize.sh address
tsan:
	build-aux/sanitize.sh thread

# The corpus of the fuzzer, under Miri.
miri:
	build-aux/miri.sh
