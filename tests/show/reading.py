"""A report read by a program: its numbers with their places in summary.json, and whether it points anywhere."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

Element = ElementTree.Element
UNITS = {"%": 0.01, "pp": 0.01, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "": 1.0}
NUMBER = re.compile(r"([+-]?)([\d,]+(?:\.\d+)?)\s*(%|pp|min|s|h|d|)$")
POINTS = re.compile(r"https?:|//[a-z]|\bsrc\b|@import|javascript:|url\((?!#)", re.IGNORECASE)


def parsed(page: str) -> Element:
    """Return the page's root; raises ParseError where it is not well-formed."""
    assert page.startswith("<!DOCTYPE html>\n")
    return ElementTree.fromstring(page.partition("\n")[2])


def text_of(part: Element) -> str:
    return "".join(part.itertext())


def numbers(page: str) -> list[tuple[str, str, str]]:
    """Return every marked number: its place, its value as written, and what a reader sees."""
    return [(one.attrib["data-at"], one.attrib["value"], text_of(one)) for one in parsed(page).iter("data")]


def at(summary: Any, pointer: str) -> Any:
    """Return what stands at a JSON Pointer (RFC 6901)."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        summary = summary[int(name)] if isinstance(summary, list) else summary[name]
    return summary


def wrong_numbers(page: str, summary: Path) -> list[str]:
    """Return the marked numbers that are not those of summary.json, to the last digit, or that read otherwise."""
    data = json.loads(summary.read_text(encoding="utf-8"))
    wrong, unit = [], ""
    for pointer, value, shown in numbers(page):
        if json.dumps(at(data, pointer)) != value:
            wrong.append(f"{pointer}: {value} on the page")
        match = NUMBER.fullmatch(shown.lstrip("×>"))
        if match is None:
            wrong.append(f"{pointer}: {shown!r} is no number")
            continue
        unit = unit if pointer.endswith("/half_width") else match[3]  # a half-width has the unit of its mean
        if not reads_as(float(value), match, unit):
            wrong.append(f"{pointer}: {shown} for {value}")
    return wrong


def reads_as(value: float, match: re.Match[str], unit: str) -> bool:
    """Tell whether a number that is shown is the value, rounded to the digits that are shown."""
    digits = match[2].replace(",", "")
    half = 0.5 * 10.0 ** -len(digits.partition(".")[2]) * (1 + 1e-9)
    number = float(digits) * (-1 if match[1] == "-" else 1)
    factors = {UNITS[unit], 1.0} if unit == "h" else {UNITS[unit]}  # hours of work are counted in hours
    return any(abs(value / factor - number) <= half + abs(number) * 1e-9 for factor in factors) or math.isinf(
        value
    )


def outside(page: str) -> list[str]:
    """Return what in a page's markup would make a browser ask for something, and links that lead nowhere."""
    root = parsed(page)
    found = [
        f"<{one.tag}>" for one in root.iter() if one.tag in ("script", "iframe", "object", "embed", "base")
    ]
    ids = [one.attrib["id"] for one in root.iter() if "id" in one.attrib]
    found += [f"id {name} stands twice" for name in {name for name in ids if ids.count(name) > 1}]
    for part in root.iter():
        for key, value in part.attrib.items():
            if key.startswith("on") or key == "srcset":
                found.append(f"{key} of <{part.tag}>")
            if key == "href" and not value.startswith(("data:", "#")):
                found.append(f"href {value}")
            if value.startswith("#") and key == "href" and value[1:] not in ids:
                found.append(f"{value} is nowhere")
            found += [
                f"{key}: {name} is nowhere"
                for name in re.findall(r"url\(#([^)]+)\)", value)
                if name not in ids
            ]
            if key in ("style", "src", "poster", "action") and POINTS.search(value):
                found.append(f"{key} {value}")
    found += [f"style: {match[0]}" for one in root.iter("style") for match in POINTS.finditer(one.text or "")]
    return found
