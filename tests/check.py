#!/usr/bin/env python3
"""Everything that `make check` runs, one step after another; the last line sums up: check.py BUILD-DIRECTORY [STEP...]"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
THIRTY_TWO_BITS = "i686-unknown-linux-gnu"


class Check:
    """Runs the steps and keeps the score. A step that is one command counts as one test; suites count theirs."""

    def __init__(self, build, only):
        self.build, self.only = build, only
        self.passed = self.failed = 0
        self.logs = build / "check-logs"
        self.logs.mkdir(parents=True, exist_ok=True)

    def step(self, name, command, count=None, env=None):
        """Runs `command`; `count(output)` gives (passed, failed), without it the exit status is the one test."""
        if self.only and not any(name.startswith(prefix) for prefix in self.only):
            return True
        print(f"{name} ... ", end="", flush=True)
        log, began = self.logs / (name.replace(" ", "-") + ".log"), time.monotonic()
        with log.open("w") as output:
            status = subprocess.run(
                command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env=os.environ | (env or {}),
                stdin=subprocess.DEVNULL,
            ).returncode
        text = log.read_text(errors="replace")
        passed, failed = count(text) if count else (int(status == 0), int(status != 0))
        if status != 0 and failed == 0:
            failed = 1
        self.passed += passed
        self.failed += failed
        skipped = "".join(f", {line}" for line in re.findall(r"^1\.\.0 # (SKIP .*)", text, re.M)) if count is summary_score else ""
        print(f"{passed} passed, {failed} failed{skipped} ({time.monotonic() - began:.0f} s)", flush=True)
        if failed:
            print("".join(f"    {line}\n" for line in text.splitlines()[-60:]) + f"    (all of it: {log})", flush=True)
        return failed == 0

    def verdict(self, name, good, why):
        """A test that is no command."""
        if not self.only:
            self.passed, self.failed = self.passed + int(good), self.failed + int(not good)
            print(f"{name} ... {int(good)} passed, {int(not good)} failed" + ("" if good else f"\n    {why}"), flush=True)

    def meson(self, name, *arguments, log="testlog"):
        path = self.build / "meson-logs" / f"{log}.json"
        path.unlink(missing_ok=True)
        command = ["meson", "test", "-C", str(self.build), "--no-rebuild", "--print-errorlogs", *arguments]
        return self.step(name, command, lambda _: meson_score(path))

    def interop(self):
        """Every runner in tests/interop; they print their own score."""
        for runner in sorted((ROOT / "tests/interop").glob("*.py")):
            text = runner.read_text()
            if "__main__" not in text or "27" in runner.stem:
                continue
            arguments = ["--fast"] if "--fast" in text else []
            self.step(runner.stem, [sys.executable, str(runner), *arguments], summary_score, {"BISQUE_BUILD": str(self.build)})


def cargo_features():
    """What meson's options give cargo here, where they are what they are by themselves."""
    found = subprocess.run(["pkg-config", "--exists", "krb5-gssapi"], check=False).returncode == 0
    return ["--features", "gssapi"] if found else []


def has_32_bits():
    """Whether the 32-bit build that the component is tested with can be made and linked."""
    libraries = subprocess.run(
        ["rustc", "--print", "target-libdir", "--target", THIRTY_TWO_BITS], capture_output=True, text=True
    ).stdout.strip()
    if not libraries or not Path(libraries).is_dir():
        return False
    link = ["cc", "-m32", "-x", "c", "-", "-o", os.devnull]
    return subprocess.run(link, input="int main (void) { return 0; }", text=True, capture_output=True).returncode == 0


def cargo_score(text):
    """From nextest's summary, or else from those of cargo test."""
    passed = sum(map(int, re.findall(r"(\d+) passed", text)))
    failed = sum(map(int, re.findall(r"(\d+) (?:failed|timed out)", text)))
    return passed, failed


def unittest_score(text):
    run = sum(map(int, re.findall(r"^Ran (\d+) tests? in", text, re.M)))
    bad = sum(map(int, re.findall(r"(?:failures|errors)=(\d+)", text)))
    skipped = sum(map(int, re.findall(r"skipped=(\d+)", text)))
    return run - bad - skipped, bad


def summary_score(text):
    """From the last line of the form `N passed, N failed`, which runners of our own print."""
    if text.startswith("1..0 # SKIP"):
        return 0, 0
    lines = re.findall(r"(\d+) passed, (\d+) failed", text)
    return tuple(map(int, lines[-1])) if lines else (0, 1)


def meson_score(path):
    """The TAP lines of each of meson's tests, or unittest's count; a test without any counts as one."""
    passed = failed = 0
    for line in path.read_text().splitlines() if path.exists() else []:
        test = json.loads(line)
        output = (test.get("stdout") or "") + (test.get("stderr") or "")
        good = len(re.findall(r"^ok \d+(?!.*# SKIP)", output, re.M))
        bad = len(re.findall(r"^not ok \d+", output, re.M))
        if good == bad == 0:
            good, bad = unittest_score(output)
        if test["result"] == "SKIP":
            continue
        if test["result"] not in ("OK", "EXPECTEDFAIL") and bad == 0:
            bad = 1
        elif good == 0 and bad == 0:
            good = 1
        passed, failed = passed + good, failed + bad
    return passed, failed


def main():
    build = (ROOT / sys.argv[1]).resolve()
    check = Check(build, sys.argv[2:])
    began = time.monotonic()
    header = ROOT / "include/libsoup/soup.h"
    features = cargo_features()
    checked_in = header.read_bytes() if header.exists() else b""

    if shutil.which("reuse"):
        check.step("licences", ["reuse", "lint", "--quiet"])
    check.step("format", ["cargo", "fmt", "--all", "--check"])
    check.step("clippy", ["cargo", "clippy", "--quiet", "--locked", "--workspace", "--all-targets", *features, "--", "-D", "warnings"])
    if shutil.which("cargo-nextest"):
        check.step("rust", ["cargo", "nextest", "run", "--locked", "--no-fail-fast", "--show-progress", "none", *features], cargo_score)
    else:
        check.step("rust", ["cargo", "test", "--quiet", "--locked", "--no-fail-fast", "--lib", "--tests", *features], cargo_score)

    if has_32_bits():
        test = ["cargo", "test", "--quiet", "--locked", "--no-fail-fast", "--target", THIRTY_TWO_BITS]
        check.step("rust 32 bits", [*test, "--package", "websocket-component", "--lib"], cargo_score)
        check.step("rust 32 bits entries", [*test, "--manifest-path", "fuzz/Cargo.toml", "--tests"], cargo_score)
    else:
        print(f"rust 32 bits ... left out: it takes `rustup target add {THIRTY_TWO_BITS}` and gcc-multilib")
    if shutil.which("cargo-deny"):
        # Advisories have to be fetched: `cargo deny check` looks at them too.
        check.step("deny", ["cargo", "deny", "--offline", "check", "bans", "licenses", "sources"])

    check.verdict("header", header.read_bytes() == checked_in, "it was not what src/capi gives; now it is: commit it")

    configured = (build / "build.ninja").exists()
    meson = ["meson", "setup", str(build)] + (["--reconfigure"] if configured else [])
    built = check.step("configure", meson) and check.step("build", ["ninja", "-C", str(build)])
    warnings = re.findall(r".*warning:.*", (check.logs / "build.log").read_text(errors="replace")) if built else []
    check.verdict("no warnings", not warnings, "\n    ".join(warnings[:10]))
    if built or check.only:
        check.step("exports", ["tests/exports.py", str(build / "libbisque-3.0.so.0")])
        check.step("component exports", ["tests/exports.py", str(build / "libwebsocket-component.so.0")])
        check.step("abi", [sys.executable, "tests/abi.py"])
        girs = [str(build / f"{name}-3.0.gir") for name in ("Soup", "Bisque")]
        check.step("documented", ["tests/documented.py", *girs], summary_score)
        if shutil.which("rpmspec"):
            check.step("rpm spec", ["rpmspec", "--parse", "packaging/rpm/bisque.spec"])
        check.step("install", [sys.executable, "tests/install.py", str(build)], unittest_score)
        check.meson("c tests", "--suite", "c", "--suite", "gio")
        check.meson("oracle tests", "--suite", "oracle")
        check.meson("python tests", "--suite", "python")
        if (build / "tests/cpp/behaviour").exists():
            check.meson("c++ tests", "--suite", "cpp")
        elif not check.only:
            print("c++ tests ... skipped: they want Boost 1.74 or later (libboost-dev) and OpenSSL (libssl-dev)")
        check.meson("valgrind c tests", "--suite", "c", "--setup", "valgrind", log="testlog-valgrind")
        check.interop()

    print(f"{check.passed} passed, {check.failed} failed ({(time.monotonic() - began) / 60:.1f} minutes)")
    sys.exit(check.failed != 0)


if __name__ == "__main__":
    main()
