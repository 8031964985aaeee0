"""Runs our programs against a foreign server and a foreign client, with and without compression."""

import subprocess

from support import BUILD, Process, Results

PROGRAMS = BUILD / "tests" / "interop"


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


def run(name, serve, visit, fragments=True):
    """`serve(*options)` and `visit(url, *options)` give the foreign peer's commands."""
    results = Results()
    for options in ([], ["--no-deflate"]):
        how = "without deflate" if options else "with deflate"
        with Process(serve(*options)) as server:
            url = server.line(containing="ws://")
            # The foreign server offers no compression if told so; our client does not ask for it either.
            more = options + ([] if fragments else ["--no-fragments"])
            count(results, f"{name} as the server, {how}", lines_of([PROGRAMS / "client", url, *more]))
        with Process([PROGRAMS / "echo-server"]) as server:
            url = server.line(containing="ws://")
            count(results, f"{name} as the client, {how}", lines_of(visit(url, *options)))
    results.finish()
