#!/bin/sh
# Makes the reference and the pages with gi-docgen, and checks them: no warning, and every link inside leads somewhere.
# usage: docs.sh BUILD-DIRECTORY
# SPDX-License-Identifier: MIT OR Apache-2.0
set -e
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/.." && pwd)
out=$build/docs work=$build/docs-work
ninja -C "$build" Soup-3.0.gir Bisque-3.0.gir >/dev/null
rm -rf "$out" "$work"
mkdir -p "$work/pages"
version=$(sed -n "s/^api_version = '\(.*\)'/\1/p" "$source/meson.build")

# Each page with its title, as gi-docgen wants it; links between the repository's pages become links between these,
# and those to its files are plain words.
pages= images=
for page in getting-started migrating memory-and-threads limits-and-security websocket-h cpp cluster troubleshooting debugging performance differences architecture adding-a-function; do
  [ -e "$source/docs/$page.md" ] || continue
  title=$(sed -n '1s/^# //p' "$source/docs/$page.md")
  {
    printf 'Title: %s\nSlug: %s\n\n' "$title" "$page"
    sed -e 's,](\([a-z-]*\)\.md,](\1.html,g' -e 's,](bench/,](,g' -e 's,\[\([^]]*\)\](\.\./[^)]*),\1,g' \
      -e 's,src="bench/,src=",g' "$source/docs/$page.md"
  } >"$work/pages/$page.md"
  pages="$pages  \"$page.md\",
"
done
for image in "$source"/docs/bench/*.svg; do
  cp "$image" "$work/pages"
  images="$images  \"$(basename "$image")\",
"
done
for name in Soup Bisque; do
  python3 - "$source/docs/reference/$name.toml" "$work/$name.toml" "$version" "$pages" "$images" <<'PYTHON'
import sys
source, target, version, pages, images = sys.argv[1:]
text = open(source).read().replace("@version@", version)
open(target, "w").write(text.replace("@pages@\n", pages).replace("@images@\n", images))
PYTHON
  gi-docgen generate --quiet --fatal-warnings --no-namespace-dir --config "$work/$name.toml" --add-include-path "$build" \
    --content-dir "$work/pages" --output-dir "$out/$name-3.0" "$build/$name-3.0.gir"
done
"$source/build-aux/docs-links.py" "Soup=$out/Soup-3.0" "Bisque=$out/Bisque-3.0"
"$source/tests/documented.py" "$build/Soup-3.0.gir" "$build/Bisque-3.0.gir"
python3 - "$out" <<'PYTHON'
"""Every link and image inside the pages leads to something, and every fragment to a name."""
import html.parser, pathlib, sys, urllib.parse

class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.names = [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.names |= {attributes.get("id"), attributes.get("name")}
        link = attributes.get("href") or attributes.get("src")
        if link and not urllib.parse.urlsplit(link).scheme:
            self.links.append(link)

root = pathlib.Path(sys.argv[1])
pages = {path: Page(path) for path in root.rglob("*.html")}
bad = 0
for path, page in pages.items():
    for link in set(page.links):
        parts = urllib.parse.urlsplit(link)
        target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
        target = target / "index.html" if target.is_dir() else target
        name = urllib.parse.unquote(parts.fragment)
        if not target.exists() or (name and target in pages and name not in pages[target].names):
            print(f"{path.relative_to(root)}: {link} leads nowhere")
            bad += 1
print(f"{len(pages)} pages, {bad} links that lead nowhere")
sys.exit(bad != 0)
PYTHON
echo "The reference: $out/Soup-3.0/index.html and $out/Bisque-3.0/index.html"
