"""What the runners share: folders, processes with deadlines, and the counting of results."""

import os
import pathlib
import select
import shlex
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = pathlib.Path(os.environ.get("BISQUE_BUILD", ROOT / "build"))


class Process:
    """A child that is stopped by its own pid, whatever happens to the block that it was started for."""

    def __init__(self, command, **options):
        if isinstance(command, str):
            command = shlex.split(command)
        self.child = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options
        )
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def line(self, deadline=20.0, containing=""):
        """The next line of its output that holds the given text."""
        end = time.monotonic() + deadline
        descriptor = self.child.stdout.fileno()
        while True:
            while b"\n" in self.rest:
                line, _, self.rest = self.rest.partition(b"\n")
                if containing.encode() in line:
                    return line.decode().strip()
            left = end - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise TimeoutError(f"{self.child.args[0]}: no line in {deadline} s")
            got = os.read(descriptor, 65536)
            if not got:
                raise EOFError(f"{self.child.args[0]} ended with {self.child.wait()}")
            self.rest += got

    def wait(self, deadline):
        return self.child.wait(deadline)

    def stop(self):
        """Ends its input; if it stays, terminates it; if it still stays, kills it. Returns its exit status."""
        for stream in (self.child.stdin, self.child.stdout):
            try:
                stream.close()
            except BrokenPipeError:
                pass
        for persuade in (None, self.child.terminate, self.child.kill):
            if persuade and self.child.poll() is None:
                persuade()
            try:
                return self.child.wait(3)
            except subprocess.TimeoutExpired:
                continue
        return self.child.wait()


class Results:
    """Counts; prints each failure, and each success unless quiet."""

    def __init__(self, quiet=False):
        self.passed = self.failed = 0
        self.quiet = quiet

    def check(self, ok, name, why=""):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
        if not ok or not self.quiet:
            print(("ok " if ok else "not ok ") + name + (f": {why}" if why and not ok else ""), flush=True)
        return ok

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed or not self.passed else 0)


def run_once(stamp, wanted, install):
    """Calls install() unless the stamp file already says `wanted`."""
    stamp = pathlib.Path(stamp)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    stamp.parent.mkdir(parents=True, exist_ok=True)
    install()
    stamp.write_text(wanted)


def call(command, deadline=600, **options):
    """Runs to the end, quietly; what it printed is shown when it fails."""
    done = subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=deadline, **options
    )
    if done.returncode:
        sys.stdout.write(done.stdout.decode(errors="replace")[-4000:])
        raise SystemExit(f"failed: {' '.join(map(str, command))}")
    return done.stdout.decode(errors="replace")
