"""What a run found: as text, as docs/performance.md's tables, as docs/bench/*.svg."""

import os
import platform
import re
from html import escape
from statistics import median

from cases import CASES
from peers import ASIDES, FOREIGN, ROOT

BEGIN, END = "<!-- made by benches/compare/run: begin -->", "<!-- end -->"
LATENCIES = ["echo-64-1", "echo-1k-100", "echo-64-500", "echo-64-5000", "http-10", "http-200", "tls-1k-100", "tls-64-500", "tls-alone", "tls-stalled"]
CRYPTOGRAPHY = ("TLS 1.3 with TLS_AES_128_GCM_SHA256, X25519 and a P-256 certificate; no session is resumed but in the case that says so. libsoup has GnuTLS by way of GIO, "
                "Bisque and the Rust servers aws-lc, the others and the floor OpenSSL: a server with faster cryptography than the floor's can be above it.")
BESIDE = ["messages per CPU second", "beside libsoup", "beside the best of the others", "of the floor"]


def machine():
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), platform.machine())
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return f"{model}, {os.cpu_count()} cores; {system}, Linux {platform.release().split('-')[0]}"


class Results:
    def __init__(self, results):
        self.raw = results
        self.names = list(results["peers"])
        self.cases = [case for case in CASES if case.name in results["values"]]

    def label(self, name):
        return self.raw["peers"][name]["label"]

    def series(self, case, name, what="per_cpu"):
        values = self.raw["values"].get(case.name, {}).get(name, [])
        if case.is_idle:
            return [value["bytes_each"] for value in values] if what == "per_cpu" else []
        if what == "per_cpu":
            return [value["messages"] / value["cpu"] for value in values if value["cpu"] > 0]
        if what == "per_second":
            return [value["messages"] / value["seconds"] for value in values]
        if what == "payload_each":
            return [value["payload"] / value["messages"] for value in values]
        return [value[what] for value in values if value.get(what)]

    def value(self, case, name, what="per_cpu"):
        series = self.series(case, name, what)
        return median(series) if series else None

    def spread(self, case, name):
        """Half of the range, in per cent of the median."""
        series = self.series(case, name)
        return 50 * (max(series) - min(series)) / median(series) if len(series) > 1 and median(series) else None

    def ratio(self, case, name, of="bisque"):
        """Bisque beside another: within each round, because a machine's moods last longer than a round's case; their median."""
        own, other = self.series(case, of), self.series(case, name)
        if not own or not other:
            return None
        if len(own) != len(other):
            return median(own) / median(other)
        return median(mine / yours for mine, yours in zip(own, other))

    def hardest(self, case, names, of="bisque"):
        """Whom of `names` Bisque is least ahead of: the ratio and the name."""
        found = [(self.ratio(case, name, of), name) for name in names if name in self.names and self.ratio(case, name, of)]
        return min(found, default=(None, None))


def number(value):
    if value is None:
        return "–"
    if value >= 1e6:
        return f"{value / 1e6:.2f} M"
    if value >= 1e3:
        return f"{value / 1e3:.1f} k" if value < 1e5 else f"{value / 1e3:.0f} k"
    return f"{value:.0f}"


def table(head, rows):
    """Markdown whose columns line up, so that it reads on a terminal too."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in [head, *rows]]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def values_table(results, what, cases):
    # A peer in two cases only has a column where it has a value, the others always.
    names = [name for name in results.names if name not in ASIDES or any(results.value(case, name, what) for case in cases)]
    rows = []
    for case in cases:
        row = [case.label]
        for name in names:
            spread = results.spread(case, name) if what == "per_cpu" else None
            row.append(number(results.value(case, name, what)) + (f" ±{spread:.0f} %" if spread is not None else ""))
        if any(cell != "–" for cell in row[1:]):
            rows.append(row)
    return table(["", *map(results.label, names)], rows)


def verdict(ratio, wanted=None, whom=""):
    if ratio is None:
        return "–"
    aim = "" if wanted is None else f" (aim {wanted:g})" + ("" if ratio >= wanted else ", missed")
    return f"{ratio:.2f} ×{aim}" + (f": {whom}" if whom else "")


def beside_table(results, cases):
    """The same for cases in which no figure is to be reached."""
    rows = []
    for case in cases:
        ratio, name = results.hardest(case, FOREIGN)
        rows.append([case.label, verdict(results.ratio(case, "libsoup")), verdict(ratio, whom=results.label(name) if name else ""),
                     verdict(results.ratio(case, "floor"))])
    return table(BESIDE, rows)


def aims_table(results):
    rows, notes = [], []
    for case in results.cases:
        if not case.aims and not case.of_floor:
            continue
        row = [case.label, "–", "–", "–"]
        if case.aims:
            row[1] = verdict(results.ratio(case, "libsoup"), case.aims["libsoup"])
            ratio, name = results.hardest(case, FOREIGN)
            row[2] = verdict(ratio, case.aims["best"], results.label(name) if name else "")
        if case.of_floor:
            row[3] = verdict(results.ratio(case, "floor"), 0.85)
        rows.append(row)
        ratio, name = results.hardest(case, [name for name in results.names if name.endswith("-each")])
        if name:
            notes.append(f"{case.label}: {ratio:.2f} × the faster of those that write each message by itself")
        plain = results.ratio(case, "floor", "bisque-plain")
        if plain:
            best, name = results.hardest(case, FOREIGN, "bisque-plain")
            notes.append(f"{case.label}, with messages as plain bytes (`bisque.h`): {plain:.2f} of the floor"
                         + (f", {best:.2f} × {results.label(name)}" if name else ""))
    by_name = {case.name: case for case in results.cases}
    for name, wanted in (("idle", 1536), ("idle-deflate", 40 * 1024)):
        value = results.value(by_name[name], "bisque") if name in by_name else None
        if value is not None:
            notes.append(f"{by_name[name].label}: {value:.0f} (aim: at most {wanted})")
    if "busy-1" in by_name and "busy-5000" in by_name:
        alone, crowd = (results.series(by_name[name], "bisque") for name in ("busy-1", "busy-5000"))
        if alone and len(alone) == len(crowd):
            same = median(many / one for many, one in zip(crowd, alone))
            notes.append(f"one busy connection among 5,000: {same:.2f} × the messages per CPU second that it has alone (aim: the same)")
    return (table(BESIDE, rows) if rows else "") + "\n" + "".join(f"\n- {note}" for note in notes)


def latency_table(results):
    rows, cases = [], [case for case in results.cases if case.name in LATENCIES]
    names = [name for name in results.names if any(results.value(case, name, "p50") is not None for case in cases)]
    for case in cases:
        rows.append([case.label] + ["–" if results.value(case, name, "p50") is None else " / ".join(
            f"{results.value(case, name, what) * 1e6:.0f}" for what in ("p50", "p99", "p999")) for name in names])
    return table(["", *map(results.label, names)], rows) if rows else ""


def sections(results):
    raw = results.raw
    sockets = [case for case in results.cases if case.kind == "websocket"]
    moving = [case for case in sockets if not case.is_idle and not case.tls]
    memory = [case for case in sockets if case.is_idle and not case.tls]
    encrypted = [case for case in sockets if not case.is_idle and case.tls]
    encrypted_memory = [case for case in sockets if case.is_idle and case.tls]
    serving, fetching, threads = ([case for case in results.cases if case.kind == kind] for kind in ("http server", "http client", "threads"))
    versions = ", ".join(f"{peer['label']} {peer['version']}" for peer in raw["peers"].values() if peer["version"])
    absent = "".join(f" Left out: {label} ({why})." for label, why in raw["missing"].items())
    yield None, f"{raw['date']}; {raw['machine']}; `{raw['command']}`: {raw['rounds']} rounds of {raw['seconds']:g} s in turn, medians, ± half the range.\n{versions}.{absent}"
    if moving:
        yield "Messages per second of the process's CPU time (user and system)", values_table(results, "per_cpu", moving)
    if (moving or memory or serving) and "bisque" in results.names:
        yield "Beside what is to be reached", aims_table(results)
    if memory:
        yield "Resident bytes per idle connection, of 5,000 that have exchanged one message", values_table(results, "per_cpu", memory)
    if moving:
        yield "Messages per second of wall time (the load generator may be what limits it)", values_table(results, "per_second", moving)
    deflated = [case for case in results.cases if case.deflate and case.mode == "echo"]
    if deflated:
        yield "Bytes of a deflated message as the server sends it back", values_table(results, "payload_each", deflated)
    if serving:
        yield "HTTP servers: requests per second of CPU time; resident bytes per idle connection of 5,000", values_table(results, "per_cpu", serving)
    if fetching:
        yield "HTTP clients: requests, or MiB, per second of CPU time", values_table(results, "per_cpu", fetching)
        yield "HTTP clients: resident bytes at the end", values_table(results, "resident", fetching)
    if (serving or fetching) and "bisque" in results.names:
        yield "HTTP: beside the others", beside_table(results, [case for case in [*serving, *fetching] if not case.is_idle])
    if threads:
        yield "One port, many threads: messages per second of wall time, two load generators on the same cores", values_table(results, "per_second", threads)
    if latency_table(results):
        yield "Round trips under that load, p50 / p99 / p99.9 in microseconds", latency_table(results)
    if encrypted:
        yield "TLS: messages per second of CPU time", f"{CRYPTOGRAPHY}\n\n{values_table(results, 'per_cpu', encrypted)}"
    if encrypted and "bisque" in results.names:
        yield "TLS: beside the others", beside_table(results, encrypted)
    if encrypted_memory:
        yield "TLS: resident bytes per idle connection, of 1,000 that have exchanged one message", values_table(results, "per_cpu", encrypted_memory)


PICTURES = {
    "Small messages": ("One read, one write and one turn of the main loop each, unless several messages come at once.", r"(echo-(64|1k)-|busy-)"),
    "Large messages": ("Here the bytes themselves cost: how often they are copied, and whether their memory is fresh.", r"(echo|text)-\d+(k|m)-"),
    "To everybody": ("One message for each of 5,000 connections.", r"broadcast-"),
    "Compressed": ("permessage-deflate in both directions, with what each library sets by default.", r"deflate-"),
    "Clients": ("A client that is fed as fast as it reads; the server is the same for all.", r"client-"),
    "Connections": ("What one costs to make, and in memory while it does nothing.", r"(upgrade|idle)"),
    "TLS": ("The same again, encrypted.", r"tls-"),
    "And": ("", r""),
}
FLOOR = ("**Bisque's bars are red**: the darker one is libsoup's interface, the lighter one the function for plain bytes in `bisque.h`. **The floor** is no library: it is an epoll loop that does the least that "
         "answering takes (read, unmask, write), checks nothing, and keeps nothing. What a library has beside it is the cost of being one; a bar above it does something in fewer system calls. The thin line "
         "on a bar is the range of the rounds.")


def pictures(charts):
    """The charts in sections; each chart stands in the first that its name begins like."""
    left, parts = list(charts), [FLOOR]
    for title, (words, names) in PICTURES.items():
        cases = [case for case in left if re.match(names, case.name)]
        left = [case for case in left if case not in cases]
        if cases:
            parts.append(f"### {title}\n\n{words}\n\n".replace("\n\n\n\n", "\n\n") + "\n".join(f"![{case.label}](bench/{case.name}.svg)" for case in cases))
    return "\n\n".join(parts)


def text(raw):
    return "\n\n".join(f"{title or ''}\n{body}".strip() for title, body in sections(Results(raw)))


def write(raw):
    results = Results(raw)
    charts = draw(results)
    page = ROOT / "docs/performance.md"
    (_, when), *rest = sections(results)
    made = "\n\n".join(f"### {title}\n\n{body}" for title, body in rest)
    block = f"{BEGIN}\n\n{when}\n\n## In pictures\n\n{pictures(charts)}\n\n## In figures\n\n{made}\n\n{END}"
    old = page.read_text() if page.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    page.write_text(re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: block, old, flags=re.S))


STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600; font-size: 14px } .note { fill: #57606a; font-size: 11px }
    .bar { fill: #9aa4b0 } .own { fill: #c8553d } .own-plain { fill: #e3a08f } .floor { fill: #d0d7de } .spread { stroke: #57606a; stroke-width: 1 }
    @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .note { fill: #9198a1 } .bar { fill: #6e7681 } .own { fill: #e8795f } .own-plain { fill: #8f4a39 } .floor { fill: #3d444d } .spread { stroke: #b0b8c0 } }
"""


def draw(results):
    folder = ROOT / "docs/bench"
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for case in results.cases:
        bars = [(name, results.value(case, name), results.series(case, name)) for name in results.names if results.value(case, name)]
        if bars:
            (folder / f"{case.name}.svg").write_text(chart(results, case, bars))
            drawn.append(case)
    return drawn


def chart(results, case, bars):
    left, width, step, top = 215, 400, 24, 48
    scale = width / max(max(series) for _, _, series in bars)
    unit = "resident bytes, less is better" if case.is_idle else f"{case.unit} per second of CPU time, more is better"
    height = top + step * len(bars) + 6
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" width="760" height="{height}" role="img">', f"  <style>{STYLE}  </style>",
             f'  <text class="title" x="10" y="20">{escape(case.label)}</text>', f'  <text class="note" x="10" y="36">{unit}</text>']
    for i, (name, value, series) in enumerate(bars):
        y = top + i * step
        kind = {"bisque": "own", "bisque-plain": "own-plain", "floor": "floor"}.get(name, "bar")
        low, high = left + min(series) * scale, left + max(series) * scale
        lines += [f'  <text x="{left - 8}" y="{y + 14}" text-anchor="end">{escape(results.label(name))}</text>',
                  f'  <rect class="{kind}" x="{left}" y="{y + 2}" width="{max(value * scale, 1):.1f}" height="16" rx="2"/>',
                  f'  <path class="spread" d="M{low:.1f} {y + 10}H{high:.1f}"/>',
                  f'  <text x="{left + max(value, max(series)) * scale + 8:.1f}" y="{y + 14}">{number(value)}</text>']
    return "\n".join([*lines, "</svg>", ""])
