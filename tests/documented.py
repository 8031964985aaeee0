#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Every public name of a GIR has a text, with its parameters and what it returns: documented.py GIR..."""

import sys
import xml.etree.ElementTree as ElementTree

CORE, C, GLIB = ("{http://www.gtk.org/introspection/%s/1.0}" % name for name in ("core", "c", "glib"))
# What has a text of its own. Fields of class structures are the virtual methods, which stand beside them.
KINDS = ("class", "interface", "record", "enumeration", "bitfield", "member", "function", "method", "constructor", "virtual-method",
         "property", "{signal}", "callback", "constant")


def kind_of(element):
    return "signal" if element.tag == GLIB + "signal" else element.tag.removeprefix(CORE)


def has_text(child, parent):
    """A text of its own; or that of what it returns; or, a virtual method, that of the signal or method that calls it."""
    if child.find(CORE + "doc") is not None or child.find(f"{CORE}return-value/{CORE}doc") is not None:
        return True
    name = child.get("name", "")
    callers = [GLIB + "signal", CORE + "method"] if kind_of(child) == "virtual-method" else []
    return any(other.get("name", "").replace("-", "_") == name and has_text(other, parent)
               for kind in callers for other in parent.iterfind(kind))


def undocumented(element, path=""):
    """Names below `element` without a text."""
    for child in element:
        kind, name = kind_of(child), child.get("name") or ""
        here = f"{path}.{name}" if path else name
        if child.get("introspectable") == "0" and child.get("shadowed-by") is None and child.get(GLIB + "is-gtype-struct-for"):
            continue
        if child.get(GLIB + "is-gtype-struct-for") or name.endswith("_get_type"):
            continue
        if kind not in (*KINDS, "signal", "namespace"):
            continue
        if kind == "namespace":
            yield from undocumented(child)
            continue
        private = kind == "record" and (name.endswith("Private") or child.get("disguised") == "1" and child.get(GLIB + "get-type") is None)
        if private:
            continue
        if not has_text(child, element):
            yield f"{kind} {here}"
        elif kind in ("function", "method", "constructor", "callback", "signal"):
            for parameter in child.iterfind(f"{CORE}parameters/{CORE}parameter"):
                if parameter.find(CORE + "doc") is None and parameter.find(CORE + "varargs") is None:
                    yield f"parameter {parameter.get('name')} of {here}"
            result = child.find(CORE + "return-value")
            nothing = result is None or result.find(f"{CORE}type[@name='none']") is not None
            if not nothing and result.find(CORE + "doc") is None:
                yield f"what {kind} {here} returns"
        if kind in ("class", "interface", "record", "enumeration", "bitfield"):
            yield from undocumented(child, here)


def main():
    passed = failed = 0
    for path in sys.argv[1:]:
        root = ElementTree.parse(path).getroot()
        names = sum(1 for element in root.iter() if kind_of(element) in (*KINDS, "signal"))
        bad = sorted(set(undocumented(root)))
        for line in bad:
            print(f"{path}: no text: {line}")
        failed += len(bad)
        passed += names - len(bad)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
