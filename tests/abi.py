#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Compares what a compiled program knows of Bisque with that of the last release: abi.py [--write]

tests/abi.txt lists every exported name with its type, the fields of public structs with their offsets, and the values of
enumerations. A line that is gone or changed fails, for programs that were built before rely on it; new lines are fine, and
join the list when a release is made: --write.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from exports import TESTS, from_header, from_lists

INCLUDE = TESTS.parent / "include"
LIST = TESTS / "abi.txt"
HEADERS = ["libsoup/soup.h", "libsoup/soup-types.h", "libsoup/soup-enums.h", "bisque.h", "websocket.h"]
# The compiler says what each thing is: no parsing of C types here.
PROGRAM = r"""
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cxxabi.h>
#include <typeinfo>
#include <libsoup/soup.h>
#include <bisque.h>
#include <websocket.h>
template <typename T> struct Is {};
static const char *name (const std::type_info &type) { return abi::__cxa_demangle (type.name (), nullptr, nullptr, nullptr) + 2; }
#define NAME(thing) printf ("%s %s\n", #thing, name (typeid (Is<decltype (thing)>)))
#define STRUCT(type) printf ("struct %s: %zu bytes\n", #type, sizeof (type))
#define FIELD(type, field) \
  printf ("struct %s: %zu %s %s\n", #type, offsetof (type, field), #field, name (typeid (Is<decltype (((type *) 0)->field)>)))
#define VALUE(value) printf ("enum %s %lld\n", #value, (long long) value)
int main () {
"""


def bodies(code, kind):
    """Each definition of a struct, union or enum: its name, and what stands between its braces."""
    for tag, body, name in re.findall(rf"^(?:typedef )?{kind}\s+(\w*)\s*\{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}\s*(\w*)\s*;", code, re.M):
        yield name or tag.lstrip("_"), body


def fields(body):
    """The names of a struct's fields, and NAME.FIELD for those of a struct inside it."""
    for inner, name in re.findall(r"\{([^{}]*)\}\s*(\w+)", body):
        yield from (f"{name}.{field}" for field in fields(inner))
    for declaration in re.sub(r"\{[^{}]*\}", "", body).split(";"):
        function = re.search(r"\(\s*\*\s*(\w+)\s*\)", declaration)
        if function:
            yield function[1]
        elif declaration.strip():
            yield from (re.search(r"(\w+)\s*(\[.*\])?$", each.strip())[1] for each in declaration.split(","))


def questions():
    code = "".join((INCLUDE / header).read_text() for header in HEADERS)
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", code, flags=re.S)
    names = from_lists() | from_header("bisque.h", r"\b(bisque_\w+) \(") | from_header("websocket.h", r"\b(WebSocket\w+)\s*\(")
    # Two names of libsoup's stand in no header of its: programs reach them by introspection.
    yield from (f"NAME ({name});" for name in sorted(names) if re.search(rf"\b{name}\b", code))
    # What programs derive classes from: G_DECLARE_DERIVABLE_TYPE defines the struct of the instance.
    for name in sorted(re.findall(r"G_DECLARE_DERIVABLE_TYPE \((\w+),", code)):
        yield f"STRUCT ({name});"
    for kind, macro in (("struct", "FIELD"), ("union", "FIELD"), ("enum", "VALUE")):
        for name, body in sorted(set(bodies(code, kind))):
            if macro == "FIELD":
                yield f"STRUCT ({name});"
                yield from (f"FIELD ({name}, {field});" for field in fields(body))
            else:
                yield from (f"VALUE ({value});" for value in re.findall(r"^\s*(\w+)\s*(?:=|,|$)", body, re.M))


def answers():
    with tempfile.TemporaryDirectory() as place:
        source, program = Path(place, "abi.cpp"), Path(place, "abi")
        source.write_text(PROGRAM + "\n".join(questions()) + "\n}\n")
        flags = subprocess.run(["pkg-config", "--cflags", "gio-2.0"], check=True, capture_output=True, text=True).stdout.split()
        # Nothing of the library is called, so that nothing is linked.
        subprocess.run(["c++", "-w", "-O0", "-std=gnu++17", "-I", INCLUDE, *flags, source, "-o", program], check=True)
        return subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()


def main():
    if sys.maxsize < 2**32 or os.uname().machine != "x86_64":
        print("1..0 # SKIP the list is that of x86_64")
        return
    now = answers()
    if sys.argv[1:] == ["--write"]:
        LIST.write_text("\n".join(now) + "\n")
    released = LIST.read_text().splitlines()
    broken = [line for line in released if line not in set(now)]
    for line in broken:
        print("was in the last release, and is not so any more:", line)
    print(f"{len(released)} facts of the last release, {len(broken)} broken, {len(set(now) - set(released))} new")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
