# The two commands of the README are `make demo` and `make check`.
BUILD := build
PROFILE := release

.PHONY: all demo check check-cpp autobahn bench bench-cpp install setup header clean

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

# The C++ stream's tests with both compilers, both standards, the newest Boost and the sanitizers: half an hour of compiling.
check-cpp: all
	tests/cpp/matrix.sh $(BUILD)

# The whole conformance suite, both roles: twenty minutes and more.
autobahn: all
	python3 tests/interop/autobahn.py
	python3 tests/interop/component.py --full
	python3 tests/interop/cpp_stream.py --full

# How fast, beside whom: writes docs/performance.md and docs/bench.
bench: all
	benches/compare/run

# Boost.Beast's stream and ours, one program: prints, and writes nothing.
bench-cpp: all
	benches/compare/run --quick --only beast --only bisque-stream

install: all
	meson install -C $(BUILD) --no-rebuild

# Writes include/libsoup/soup.h anew from src/capi.
header:
	cargo check --quiet

clean:
	rm -rf $(BUILD)
	cargo clean
