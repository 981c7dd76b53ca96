#!/usr/bin/env python3
"""Cuts Discord's API description down to the operations this crate serves.

Usage: strip.py <full openapi.json> <routes.txt> > openapi.json

Keeps, byte for byte in meaning, each named operation and every component reachable from it; drops prose
(descriptions, headers, security) and the bodies that say the same again in another encoding. Corrections never go here: they are made by name
in src/judges/schema.rs.
"""
import json
import sys

full = json.load(open(sys.argv[1]))
wanted = [line.split() for line in open(sys.argv[2]) if line.strip() and not line.startswith("#")]
PROSE = {"description", "x-discord-union", "headers", "security", "operationId", "deprecated", "tags"}


def clean(node, in_properties=False):
    if isinstance(node, dict):
        return {
            k: clean(v, k == "properties" and not in_properties)
            for k, v in node.items()
            if in_properties or k not in PROSE
        }
    if isinstance(node, list):
        return [clean(item) for item in node]
    return node


def refs(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from refs(value)
    elif isinstance(node, list):
        for value in node:
            yield from refs(value)


def operation(source):
    kept = {}
    for place in ("parameters", "requestBody", "responses"):
        if place in source:
            kept[place] = json.loads(json.dumps(source[place]))
    body = kept.get("requestBody", {}).get("content", {})
    for encoding in [e for e in body if e != "application/json"]:
        del body[encoding]
    kept["responses"] = {s: r for s, r in kept["responses"].items() if s.startswith("2")}
    return clean(kept)


paths = {}
for method, path in wanted:
    entry = paths.setdefault(path, {})
    if "parameters" in full["paths"][path]:
        entry["parameters"] = clean(full["paths"][path]["parameters"])
    entry[method.lower()] = operation(full["paths"][path][method.lower()])
schemas, todo = {}, list(refs(paths)) + ["#/components/schemas/ErrorResponse"]
while todo:
    kind, name = todo.pop().split("/")[2:4]
    assert kind == "schemas", kind
    if name not in schemas:
        schemas[name] = clean(full["components"]["schemas"][name])
        todo += refs(schemas[name])
json.dump(
    {"openapi": full["openapi"], "info": full["info"], "paths": paths, "components": {"schemas": dict(sorted(schemas.items()))}},
    sys.stdout, separators=(",", ":"), ensure_ascii=False,
)
