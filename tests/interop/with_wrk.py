#!/usr/bin/env python3
"""wrk against the example `site`: nothing but whole answers, over connections that are kept and over new ones, and pipelined."""

import pathlib
import re
import shutil
import subprocess
import tempfile

from support import BUILD, Process, Results

# Sends sixteen requests at a time.
PIPELINE = """
init = function (args)
  local all = {}
  for i = 1, 16 do all[i] = wrk.format () end
  request_text = table.concat (all)
end
request = function () return request_text end
"""


def wrk(*arguments):
    done = subprocess.run(
        ["wrk", "--threads", "1", "--duration", "1s", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr


def visit(results, what, *arguments):
    said = wrk(*arguments)
    count = int((re.search(r"(\d+) requests in", said) or ["", "0"])[1])
    # wrk counts as read errors what a server closes after its answer, if it is asked to.
    errors = re.search(r"Non-2xx.*|Socket errors.*(?!read)[1-9].*", said)
    errors = None if errors and "close" in what and re.search(r"connect 0, read \d+, write 0, timeout 0", said) else errors
    results.check(count > 20 and not errors, what, said)


def main():
    if not shutil.which("wrk"):
        print("1..0 # SKIP no wrk")
        return
    results = Results()
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "kib.txt").write_text("x" * 1024)
        pathlib.Path(folder, "large.txt").write_text("x" * 1024 * 1024)
        script = pathlib.Path(folder, "pipeline.lua")
        script.write_text(PIPELINE)
        with Process([BUILD / "c-examples/site", folder]) as site:
            url = re.search(r"http://\S+", site.line(containing="http://")).group()
            visit(results, "kept connections", "--connections", "50", url + "kib.txt")
            visit(results, "connections that close", "--connections", "10", "--header", "Connection: close", url + "kib.txt")
            visit(results, "large answers", "--connections", "10", url + "large.txt")
            visit(results, "pipelined requests", "--connections", "10", "--script", str(script), url + "kib.txt")
    results.finish()


if __name__ == "__main__":
    main()
