# The two commands of the README are `make demo` and `make check`; `make help` lists all.
# SPDX-License-Identifier: MIT OR Apache-2.0
BUILD := build
#: PROFILE=dev builds quicker, and a slower library; PREFIX=/opt/bisque and LIBDIR=lib say where to install
PROFILE := auto
PREFIX :=
LIBDIR :=
#: DESTDIR=/tmp/root puts another folder in front of it (for packages)
DESTDIR :=
#: MESON_FLAGS='-Dvapi=disabled -Ddefault_library=both' is given to meson when the build folder is made
MESON_FLAGS :=

places = $(if $(PREFIX),--prefix=$(PREFIX)) $(if $(LIBDIR),--libdir=$(LIBDIR))

.PHONY: all help setup demo check check-cpp autobahn load bench bench-cpp docs dist check-dist deb install uninstall header clean

#> all: builds the library and what is installed with it (this is plain `make`)
all: $(BUILD)/build.ninja
	@$(if $(strip $(places)),build-aux/places.sh $(BUILD) $(places))
	ninja -C $(BUILD) product

$(BUILD)/build.ninja:
	@build-aux/setup.sh --look build
	meson setup $(BUILD) -Dprofile=$(PROFILE) $(places) $(MESON_FLAGS)

#> install: installs what `make` has built: no cargo, no network (PREFIX=, DESTDIR=)
install:
	@build-aux/install.sh $(BUILD) '$(DESTDIR)' $(places)

#> uninstall: removes what `make install` has put there (PREFIX=, DESTDIR=)
uninstall:
	@build-aux/uninstall.sh $(BUILD) '$(DESTDIR)' $(places)

#> demo: an echo server and an echo client, both written for libsoup, talk to each other
demo:
	@build-aux/setup.sh build
	@build-aux/demo.sh $(BUILD)

#> check: runs every test; the last line says how many passed and failed
check:
	@build-aux/setup.sh check
	tests/check.py $(BUILD)

#> setup: installs the Debian or Ubuntu packages that building needs (demo and check do it themselves)
setup:
	build-aux/setup.sh build

#> docs: the reference and the pages, in $(BUILD)/docs
docs: $(BUILD)/build.ninja
	@build-aux/setup.sh docs
	build-aux/docs.sh $(BUILD)

#> dist: the source with its crates, in $(BUILD)/dist: builds without a network
dist:
	build-aux/dist.sh $(BUILD)

#> check-dist: makes it, unpacks it elsewhere, and builds it there without a network
check-dist:
	build-aux/dist.sh $(BUILD) --check

#> deb: Debian packages, in $(BUILD)/deb
deb:
	@build-aux/setup.sh deb
	packaging/build-deb.sh $(BUILD)
	packaging/try-deb.sh $(BUILD)

#> check-cpp: the C++ stream's tests with both compilers, both standards, the newest Boost and the sanitizers
# Half an hour of compiling.
check-cpp: all
	tests/cpp/matrix.sh $(BUILD)

#> autobahn: the whole conformance suite, both roles: twenty minutes and more
autobahn: all
	ninja -C $(BUILD)
	python3 tests/interop/autobahn.py
	python3 tests/interop/component.py --full
	python3 tests/interop/cpp_stream.py --full

#> load: a server among thousands of clients, slow ones and many at once: half a minute (`make check` has hundreds)
load: all
	ninja -C $(BUILD) tests/c/server-load
	G_TEST_SRCDIR=$(CURDIR)/tests/c $(BUILD)/tests/c/server-load --tap -m slow

#> bench: how fast, beside whom: writes docs/performance.md and docs/bench
bench: all
	benches/compare/run

#> bench-cpp: Boost.Beast's stream and ours, one program: prints, and writes nothing
bench-cpp: all
	benches/compare/run --quick --only beast --only bisque-stream

#> header: writes include/libsoup/soup.h anew from src/capi
header:
	cargo check --quiet

#> clean: removes what was built
clean:
	rm -rf $(BUILD)
	cargo clean

# ---- Looking for faults: docs/debugging.md ----

.PHONY: fuzz torture asan tsan miri

#> torture: random legal things to random objects from every callback, for SECONDS=60, from SEED if it is given
SEED :=
torture: all
	ninja -C $(BUILD) tests/torture/torture
	G_TEST_SRCDIR=$(CURDIR)/tests/c TORTURE_SECONDS=$(SECONDS) $(if $(SEED),TORTURE_SEED=$(SEED)) \
	  $(BUILD)/tests/torture/torture

#> fuzz: fuzz each entry point for SECONDS=60, or those in ENTRIES
# Fuzzes each entry point, or those in ENTRIES, for so many seconds on one core.
SECONDS := 60
ENTRIES :=
fuzz:
	fuzz/run.sh $(SECONDS) $(ENTRIES)

#> asan: the C tests with AddressSanitizer
#> tsan: those with threads with ThreadSanitizer, or else under DRD
# The C tests with AddressSanitizer; those with threads with ThreadSanitizer, or else under valgrind's DRD.
asan:
	build-aux/sanitize.sh address
tsan:
	build-aux/sanitize.sh thread

#> miri: the component under Miri, over its corpus and without memory
miri:
	build-aux/miri.sh

#> help: this list
help:
	@sed -n 's/^#> \([a-z-]*\): /make \1|/p' Makefile | sed 's,$$(BUILD),$(BUILD),g' | while IFS='|' read -r name what; do printf '%-16s %s\n' "$$name" "$$what"; done
	@sed -n 's/^#: /  /p' Makefile
