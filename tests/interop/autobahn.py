#!/usr/bin/env python3
"""Runs the Autobahn suite against a server and a client, and compares with a checked-in expectation.

    autobahn.py [--fast] [--server COMMAND] [--client COMMAND] [--expect FILE | --report-only]

A server command prints its ws:// URL on a line of its own, echoes, and ends with its standard input. A client command is
called with two more words, the suite's URL and an agent's name: it asks /getCaseCount, runs each /runCase?case=N&agent=A and
ends with /updateReports?agent=A. Without --server and --client the programs of the meson build are run.
"""

import argparse
import collections
import fnmatch
import json
import os
import pathlib
import shutil
import subprocess
import time

from support import BUILD, HERE, Process, Results, call, run_once

SLOW = ["12.*", "13.*"]


def python27():
    """Python 2.7's path, or None."""
    if shutil.which("pyenv"):
        found = subprocess.run(["pyenv", "prefix", "2.7.18"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if found.returncode == 0:
            return pathlib.Path(found.stdout.decode().strip()) / "bin/python2.7"
    path = shutil.which("python2.7")
    return pathlib.Path(path) if path else None


def install(python):
    """The suite, in a folder of its own below the build folder; returns that folder."""
    wanted = (HERE / "autobahn-requirements.txt").read_text()
    site = BUILD / "autobahn" / "site"

    def by_pip():
        shutil.rmtree(site, ignore_errors=True)
        requirements = HERE / "autobahn-requirements.txt"
        call([python, "-m", "pip", "install", "--no-deps", "--target", site, "-r", requirements], deadline=900)

    run_once(BUILD / "autobahn" / "installed", wanted, by_pip)
    return site


def wstest(python, site, mode, spec, folder):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "spec.json"
    path.write_text(json.dumps(spec))
    log = open(folder / "suite.log", "wb")
    command = [python, HERE / "wstest27.py", site, "-m", mode, "-s", path, "-u", "0"]
    return Process(command, stderr=log, cwd=folder)


def spec_for(folder, fast):
    reports = folder / "reports"
    shutil.rmtree(reports, ignore_errors=True)
    return {"outdir": str(reports), "cases": ["*"], "exclude-cases": SLOW if fast else [], "exclude-agent-cases": {}}


def run_server(suite, command, folder, fast, deadline):
    """The suite as a client of the server under test."""
    with Process(command) as server:
        url = server.line(containing="ws://")
        spec = spec_for(folder, fast)
        spec["servers"] = [{"agent": "server", "url": url[url.index("ws://"):]}]
        with wstest(*suite, "fuzzingclient", spec, folder) as fuzzer:
            drain(fuzzer, deadline)
    return outcome(folder, "server")


def run_client(suite, command, folder, fast, deadline):
    """The suite as a server for the client under test."""
    spec = spec_for(folder, fast)
    spec["url"] = "ws://127.0.0.1:9001"
    with wstest(*suite, "fuzzingserver", spec, folder) as fuzzer:
        port = int(fuzzer.line(containing="port ").split()[-1])
        # The suite prints a line for each case; nobody may leave its pipe full.
        os.set_blocking(fuzzer.child.stdout.fileno(), False)
        with Process(f"{command} ws://127.0.0.1:{port} client") as client:
            end = time.monotonic() + deadline
            while client.child.poll() is None and time.monotonic() < end:
                for process in (fuzzer, client):
                    discard(process)
                time.sleep(0.05)
    return outcome(folder, "client")


def discard(process):
    os.set_blocking(process.child.stdout.fileno(), False)
    try:
        while os.read(process.child.stdout.fileno(), 65536):
            pass
    except BlockingIOError:
        pass


def drain(process, deadline):
    end = time.monotonic() + deadline
    while process.child.poll() is None and time.monotonic() < end:
        discard(process)
        time.sleep(0.05)


def outcome(folder, agent):
    index = folder / "reports" / "index.json"
    if not index.exists():
        return {}
    return json.loads(index.read_text()).get(agent, {})


def expectation(path):
    rules = [line.split() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]

    def expected(case):
        return [behavior for pattern, behavior in rules if fnmatch.fnmatchcase(case, pattern)][-1]

    return expected


def judge(results, role, cases, expected, fast):
    figures = collections.Counter(case["behavior"] for case in cases.values())
    print(f"{role}: " + ", ".join(f"{count} {name}" for name, count in sorted(figures.items())), flush=True)
    total = 301 if fast else 517
    results.check(len(cases) == total, f"{role}: all cases were run", f"{len(cases)} of {total}")
    for name, case in sorted(cases.items()):
        wanted = expected(name)
        # How the connection was closed is judged apart, and where nothing can be said about it the word is INFORMATIONAL.
        got = (case["behavior"], case["behaviorClose"])
        fine = got[0] == wanted and got[1] in ("OK", wanted)
        results.check(fine, f"{role} {name}", f"{got[0]}, close {got[1]}, expected {wanted}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fast", action="store_true", help="all but 12.* and 13.*")
    parser.add_argument("--server", help="command of the server under test")
    parser.add_argument("--client", help="command of the client under test")
    parser.add_argument("--expect", type=pathlib.Path, default=HERE / "autobahn.expected")
    parser.add_argument("--report-only", action="store_true", help="print the figures, expect nothing")
    parser.add_argument("--name", default="bisque", help="folder of the reports, below the build folder")
    options = parser.parse_args()
    if not options.server and not options.client:
        programs = BUILD / "tests" / "interop"
        options.server = str(programs / "echo-server")
        options.client = str(programs / "autobahn-client")

    python = python27()
    if not python:
        print("1..0 # SKIP no Python 2.7 (pyenv prefix 2.7.18), which the Autobahn suite needs")
        return
    suite = (python, install(python))
    results = Results(quiet=True)
    deadline = 240 if options.fast else 2400
    for role, command, run in (("server", options.server, run_server), ("client", options.client, run_client)):
        if not command:
            continue
        started = time.monotonic()
        cases = run(suite, command, BUILD / "autobahn" / f"{options.name}-{role}", options.fast, deadline)
        print(f"{role}: {time.monotonic() - started:.0f} s", flush=True)
        expected = (lambda name: cases[name]["behavior"]) if options.report_only else expectation(options.expect)
        judge(results, role, cases, expected, options.fast)
    results.finish()


if __name__ == "__main__":
    main()
