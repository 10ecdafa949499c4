"""What a request may hold, in words: the shapes of the interface as a reader is told them."""

import json
from typing import Any

KINDS = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false", "null": "null"}


def whole(shape: Any, known: dict) -> Any:
    """A shape with what it names, of the `known` ones, in place."""
    if isinstance(shape, list):
        return [whole(each, known) for each in shape]
    if not isinstance(shape, dict):
        return shape
    if "$ref" in shape:
        return whole(known[shape["$ref"].rpartition("/")[2]], known)
    return {key: whole(each, known) for key, each in shape.items()}


def told(shape: dict[str, Any]) -> str:
    """A shape in a line: its kind, its bounds, what is usual."""
    usual = shape.get("default")
    said = [_kind(shape), f"usually {json.dumps(usual)}" if usual not in (None, "", [], {}) else ""]
    said += ["for example " + " or ".join(map(json.dumps, shape.get("examples", ())))] if "examples" in shape else []
    about = " ".join(shape.get("description", "").split())
    return "; ".join(filter(None, [*said, about]))


def inner(shape: dict[str, Any]) -> dict[str, Any]:
    """The keys of a table, which may also be left out; none of anything else."""
    known = [each for each in (shape, *shape.get("anyOf", ())) if each.get("properties")]
    return known[0]["properties"] if known else {}


def _kind(shape: dict[str, Any]) -> str:
    if "anyOf" in shape:
        return " or ".join(dict.fromkeys(_kind(each) for each in shape["anyOf"]))
    if "enum" in shape:
        return f"one of {', '.join(map(str, shape['enum']))}"
    if shape.get("type") == "array":
        most = f", at most {shape['maxItems']}" if "maxItems" in shape else ""
        return f"list of {_kind(shape.get('items', {}))}{most}"
    if shape.get("type") == "object" or "properties" in shape:
        return "table"
    low, high = shape.get("minimum"), shape.get("maximum")
    ends = f" from {low:g} to {high:g}" if low is not None and high is not None and high < 1e12 else ""
    return KINDS.get(shape.get("type", ""), "anything") + ends
