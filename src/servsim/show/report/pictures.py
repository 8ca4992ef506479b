"""Pictures in a page: matplotlib's SVG put into the HTML itself, with a title, a caption, and names of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from ...errors import InputError
from ..plots import figure_bytes
from .elements import Markup, tag

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Picture", "inline_svg", "pictures"]

XLINK = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_FAMILY = re.compile(r"font-family:[^;]*;? ?")


@dataclass(frozen=True)
class Picture:
    """A plot to be drawn.

    Attributes:
        title: what it shows; what a reader hears who cannot see it.
        caption: how it is to be read.
        draw: makes the figure; an InputError means that the result has not what it takes.
    """

    title: str
    caption: str
    draw: Callable[[], Figure]


def pictures(wanted: Iterable[Picture]) -> list[Markup]:
    """Return those pictures that can be drawn, in their order."""
    found: list[Markup] = []
    for picture in wanted:
        try:
            figure = picture.draw()
        except InputError:  # that table was not kept, or the scenario has nothing of the kind
            continue
        name = f"picture{len(found) + 1}"
        caption = tag(
            "figcaption", tag("b", f"Picture {len(found) + 1}. {picture.title}."), f" {picture.caption}"
        )
        found.append(tag("figure", inline_svg(figure, name, picture.title), caption))
    return found


def inline_svg(figure: Figure, name: str, title: str) -> Markup:
    """Return a figure as an SVG element for a page.

    It is as wide as its place. Ids begin with `name`, so that several pictures in one page do not meddle with each
    other; nothing in it points out of the page.
    """
    root = ElementTree.fromstring(figure_bytes(figure, ".svg"))
    used = {found for part in root.iter() for found in _referred_to(part)}
    for parent in list(root.iter()):
        for child in list(parent):
            if _local(child.tag) in ("metadata", "style"):
                parent.remove(child)
    for part in root.iter():
        part.tag = _local(part.tag)
        part.attrib = _attributes(part.attrib, name, used)
    words = {"viewBox": root.attrib["viewBox"], "role": "img", "aria-labelledby": f"{name}-title"}
    root.attrib = words
    heading = ElementTree.Element("title", {"id": f"{name}-title"})
    heading.text = title
    root.insert(0, heading)
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _referred_to(part: ElementTree.Element) -> set[str]:
    """Return the ids that an element points to."""
    found = {match for value in part.attrib.values() for match in _REFERENCE.findall(value)}
    target = part.attrib.get(XLINK, "")
    return found | {target[1:]} if target.startswith("#") else found


def _attributes(given: dict[str, str], name: str, used: set[str]) -> dict[str, str]:
    """Return an element's attributes with ids of their own; those to which nothing points are dropped."""
    found = {}
    for key, value in given.items():
        if key == "id":
            if value in used:
                found[key] = f"{name}-{value}"
        elif key == XLINK:
            found["href"] = f"#{name}-{value[1:]}" if value.startswith("#") else value
        else:
            shown = _REFERENCE.sub(rf"url(#{name}-\1)", value)
            found[key] = _FAMILY.sub("", shown)  # the page's style names the fonts, whatever this machine has
    return found
