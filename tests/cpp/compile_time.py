#!/usr/bin/env python3
"""Compiles the same small program on both streams: compile_time.py COMPILER FLAG...; prints TAP.

What is compared is CPU time, the least of some tries, which a busy machine does not change much, and what the preprocessor
makes, which does not change at all."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMMON = ["-std=c++17", f"-I{HERE.parent.parent / 'include'}", str(HERE / "one-stream.cpp")]
LIBRARIES = {"ours": [], "Beast's": ["-DWITH_BEAST"]}
TRIES = 3


def cpu_time(command):
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"Bail out! {' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime


def main():
    compiler, flags = sys.argv[1], sys.argv[2:]
    print("1..2")
    size = {}
    for name, which in LIBRARIES.items():
        size[name] = len(subprocess.run([compiler, "-E", "-P", *which, *COMMON], check=True, stdout=subprocess.PIPE).stdout)
    least = dict.fromkeys(LIBRARIES, float("inf"))
    for _ in range(TRIES):
        for name, which in LIBRARIES.items():
            least[name] = min(least[name], cpu_time([compiler, *flags, *which, *COMMON]))
        if least["ours"] <= least["Beast's"]:
            break
    failed = 0
    for number, (what, unit, by) in enumerate([("is no longer", "bytes", size), ("compiles no slower", "s", least)], 1):
        good = by["ours"] <= by["Beast's"]
        failed += not good
        figures = ", ".join(f"{name} {value:.{0 if unit == 'bytes' else 1}f} {unit}" for name, value in by.items())
        print(f"{'ok' if good else 'not ok'} {number} one stream {what} than Beast's # {figures}", flush=True)
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
