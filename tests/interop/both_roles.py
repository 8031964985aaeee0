"""Runs our programs against a foreign server and a foreign client, with and without compression, over TLS where it can."""

import subprocess

from support import BUILD, ROOT, Process, Results

PROGRAMS = BUILD / "tests" / "interop"
# What a server and a client need for TLS; absolute, as GIO wants it.
SERVES = ["--tls", ROOT / "tests/tls/server.pem"]
TRUSTS = ["--trust", ROOT / "tests/tls/authority.pem"]


def lines_of(command, deadline=120):
    """What a program prints; a line that says so where it fails otherwise."""
    done = subprocess.run(
        [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        timeout=deadline,
    )
    lines = [line for line in done.stdout.decode().splitlines() if line.startswith(("ok ", "not ok "))]
    if done.returncode and not any(line.startswith("not ok ") for line in lines):
        lines.append(f"not ok exit: status {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
    return lines


def count(results, prefix, lines):
    for line in lines:
        what, _, why = line.removeprefix("not ").removeprefix("ok ").partition(": ")
        results.check(line.startswith("ok "), f"{prefix}: {what}", why)
    results.check(bool(lines), f"{prefix}: something was tried")


def run(name, serve, visit, fragments=True, tls=False):
    """`serve(*options)` and `visit(url, *options)` give the foreign peer's commands."""
    results = Results()
    ways = {"with deflate": ([], [], []), "without deflate": (["--no-deflate"], [], [])}
    if tls:
        ways["over TLS"] = (["--no-deflate"], SERVES, TRUSTS)
    for how, (options, serves, trusts) in ways.items():
        with Process(serve(*options, *serves)) as server:
            url = server.line(containing="://")
            # The foreign server offers no compression if told so; our client does not ask for it either.
            more = options + trusts + ([] if fragments else ["--no-fragments"])
            count(results, f"{name} as the server, {how}", lines_of([PROGRAMS / "client", url, *more]))
        with Process([PROGRAMS / "echo-server", *serves]) as server:
            url = server.line(containing="://")
            count(results, f"{name} as the client, {how}", lines_of(visit(url, *options, *trusts)))
    results.finish()
