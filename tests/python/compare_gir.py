#!/usr/bin/env python3
"""Compares the GIR with libsoup's, for everything that both have: compare_gir.py OURS [LIBSOUP'S]

Types, transfer, nullability, direction and array lengths of parameters and results; properties; signals; enumerations; slots
of class structs. A binding must see no difference. What differs on purpose stands in ON_PURPOSE.
"""

import sys
import xml.etree.ElementTree as ElementTree

CORE = "{http://www.gtk.org/introspection/core/1.0}"
C = "{http://www.gtk.org/introspection/c/1.0}"
GLIB = "{http://www.gtk.org/introspection/glib/1.0}"
LIBSOUP = "/usr/share/gir-1.0/Soup-3.0.gir"

# Names where libsoup's annotations are wrong or say less, or that wait for a class that is not there yet.
ON_PURPOSE = {
    "soup_hsts_policy_get_expires",  # the date stays the policy's: libsoup's annotation would free it
    "soup_header_free_param_list",
}


def type_of(element):
    array = element.find(CORE + "array")
    if array is not None:
        inner = array.find(CORE + "type")
        length = {"length": array.get("length"), "zero": array.get("zero-terminated")}
        return ("array", inner.get("name") if inner is not None else None, *length.items())
    kind = element.find(CORE + "type")
    if kind is None:
        return "varargs"
    inner = [child.get("name") for child in kind.findall(CORE + "type")]
    return (kind.get("name"), *inner)


def parameter(element):
    keys = ("transfer-ownership", "nullable", "optional", "direction", "scope", "closure", "destroy", "caller-allocates")
    return {"type": type_of(element), **{key: element.get(key) for key in keys if element.get(key) is not None}}


def callable_shape(element):
    shape = {"throws": element.get("throws"), "result": parameter(element.find(CORE + "return-value"))}
    parameters = element.find(CORE + "parameters")
    if parameters is not None:
        for index, each in enumerate(parameters.findall(CORE + "parameter")):
            shape[f"parameter {index} ({each.get('name')})"] = parameter(each)
    return shape


def shapes(path):
    """Everything in the file that can be compared, by name."""
    found = {}
    namespace = ElementTree.parse(path).getroot().find(CORE + "namespace")
    for element in namespace.iter():
        symbol = element.get(C + "identifier")
        if symbol and element.tag in (CORE + "function", CORE + "method", CORE + "constructor"):
            kind = element.tag.removeprefix(CORE)
            if element.get("introspectable") == "0":
                found[symbol] = {"introspectable": "0"}
            else:
                found[symbol] = {"kind": kind, "shadowed": element.get("shadowed-by"), **callable_shape(element)}
        elif symbol and element.tag == CORE + "member":
            found[symbol] = {"value": element.get("value"), "nick": element.get(GLIB + "nick")}
    for owner in namespace:
        name = owner.get("name")
        for each in owner.findall(CORE + "property"):
            keys = ("readable", "writable", "construct", "construct-only")
            found[f"{name}:{each.get('name')}"] = {
                "type": type_of(each), **{key: each.get(key) for key in keys if each.get(key)},
            }
        for each in owner.findall(GLIB + "signal"):
            found[f"{name}::{each.get('name')}"] = {"when": each.get("when"), **callable_shape(each)}
        for each in owner.findall(CORE + "virtual-method"):
            found[f"{name}.vfunc.{each.get('name')}"] = callable_shape(each)
        if owner.tag == CORE + "callback":
            found[name] = callable_shape(owner)
        if owner.tag in (CORE + "record", CORE + "class", CORE + "interface"):
            fields = [each.get("name") for each in owner.findall(CORE + "field")]
            found[f"{name} (struct)"] = {"type": owner.get(GLIB + "get-type"), "fields": fields, "parent": owner.get("parent")}
    return found


def same(ours, theirs):
    """Whether a binding sees the same. That a value may be NULL may be said where libsoup's is silent."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return all(
            ours.get(key) == theirs.get(key) or (key in ("nullable", "optional") and key not in theirs)
            for key in {*ours, *theirs}
        )
    return ours == theirs


def main():
    ours = shapes(sys.argv[1])
    theirs = shapes(sys.argv[2] if len(sys.argv) > 2 else LIBSOUP)
    common = sorted((set(ours) & set(theirs)) - ON_PURPOSE)
    differing = 0
    for name in common:
        keys = list(dict.fromkeys([*theirs[name], *ours[name]]))
        lines = [
            f"    {key}: {ours[name].get(key)}\n    libsoup: {theirs[name].get(key)}"
            for key in keys
            if not same(ours[name].get(key), theirs[name].get(key))
        ]
        if lines:
            differing += 1
            print(name, *lines, sep="\n")
    print(f"{len(common) - differing} passed, {differing} failed; {len(set(ours) - set(theirs))} names that libsoup's has not")
    sys.exit(differing != 0)


if __name__ == "__main__":
    main()
