#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Finishes what gi-docgen has written: names become links, and wide tables stay in their column.

usage: docs-links.py NAMESPACE=FOLDER...     each folder has an index.json

In the texts, names stand as C writes them: soup_session_send(), SoupSession, SoupSession:timeout, SoupSession::request-queued.
"""

import json
import re
import sys
from pathlib import Path

FILES = {"class": "class", "interface": "iface", "record": "struct", "enum": "enum", "bitfield": "flags", "domain": "error",
         "callback": "callback", "function": "func", "function_macro": "func", "constant": "const", "method": "method", "ctor": "ctor",
         "type_func": "type_func", "property": "property", "signal": "signal"}
NAME = re.compile(r"(?<![\w/.&-])(?:%|#)?((?:Soup|Bisque)[A-Z]\w+(?:::?[a-z][a-z0-9-]+\w)?|(?:soup|bisque)_\w+(?=\(\))|(?:SOUP|BISQUE)_[A-Z_0-9]+)(\(\))?")
# What may hold no link: it is one already, or is code to be copied, or a title.
LEAVE = re.compile(r"<(a|pre|h[1-6]|title|head|script|nav)\b.*?</\1>|<[^>]*>", re.S)
STYLE = """
/* Wide tables scroll instead of leaving their column, and pictures fit in. */
.docblock table { display: block; overflow-x: auto; max-width: 100%; }
.docblock td code { white-space: nowrap; overflow-wrap: normal; }
.docblock img { max-width: 100%; height: auto; }
a > code { color: inherit; }
"""


def names(namespace, folder, where):
    """Each name of C with its page."""
    found = {}
    for symbol in json.loads((folder / "index.json").read_text())["symbols"]:
        kind, name, owner = symbol["type"], symbol["name"], symbol.get("type_name", "")
        if kind not in FILES:
            continue
        page = where + ".".join([FILES[kind], *([owner] if owner else []), name, "html"])
        if not (folder / Path(page).name).exists():
            continue
        if kind in ("property", "signal"):
            found[f"{namespace}{owner}{':' if kind == 'property' else '::'}{name}"] = page
        else:
            found[symbol.get("ident") or symbol["ctype"]] = page
    return found


def link(text, pages, own):
    """The page's text, with links to the pages of what it names, but for itself."""
    def linked(match):
        page = pages.get(match[1])
        return match[0] if page in (None, own) else f'<a href="{page}"><code>{match[1]}{match[2] or ""}</code></a>'

    result, at = [], 0
    for leave in LEAVE.finditer(text):
        result += [NAME.sub(linked, text[at:leave.start()]), leave[0]]
        at = leave.end()
    text = "".join([*result, NAME.sub(linked, text[at:])])
    return re.sub(r'<code>(<a href="[^"]*">)<code>([^<]*)</code></a></code>', r"\1<code>\2</code></a>", text)


def main():
    folders = {name: Path(folder) for name, folder in (argument.split("=", 1) for argument in sys.argv[1:])}
    for folder in folders.values():
        pages = {}
        for name, other in folders.items():
            pages |= names(name, other, "" if other == folder else f"../{other.name}/")
        for path in folder.glob("*.html"):
            text = path.read_text()
            start, end = text.find("<main"), text.find("</main>")
            if start < 0:
                start, end = text.index("<body"), len(text)
            text = text[:start] + link(text[start:end], pages, path.name) + text[end:]
            # Rows of addresses that there are none of.
            path.write_text(re.sub(r'\s*<tr><td><em>(Website|Source)</em></td><td><a href="" .*?</tr>', "", text))
        with (folder / "style.css").open("a") as style:
            style.write(STYLE)


if __name__ == "__main__":
    main()
