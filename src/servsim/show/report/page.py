"""The page around the sections: head, style, contents. It holds no script and points to nothing outside itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .elements import Markup, joined, section, tag

__all__ = ["Section", "page"]

FORBIDDEN = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
)

STYLE = """
:root { --ink: #1a1a1a; --soft: #595959; --line: #d9d9d9; --pale: #f5f6f7; --blue: #005a8f;
  --good: #00664b; --bad: #a63d00; --open: #7a5200; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 60rem; background: #fff; color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Helvetica Neue", Arial, "Noto Sans CJK SC",
  "Noto Sans SC", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "WenQuanYi Micro Hei", "DejaVu Sans",
  sans-serif; overflow-wrap: break-word; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 2.5rem 0 .75rem; padding-bottom: .25rem; border-bottom: 2px solid var(--ink); font-size: 1.25rem; }
h3 { margin: 1.75rem 0 .5rem; font-size: 1.05rem; }
p, ul, dl { margin: .5rem 0; max-width: 44rem; }
ul { padding-left: 1.25rem; }
li { margin: .25rem 0; }
a { color: var(--blue); }
.about, .note, figcaption { color: var(--soft); font-size: .875rem; }
.about { margin: .25rem 0 0; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1rem 0 0; padding: 0; list-style: none; }
nav li { margin: 0; }
#verdict { margin-top: 1.5rem; padding: .25rem 1.25rem 1rem; border-left: 6px solid var(--soft);
  background: var(--pale); }
#verdict.good { border-color: var(--good); }
#verdict.bad { border-color: var(--bad); }
#verdict.open { border-color: var(--open); }
#verdict h2 { margin: .75rem 0 .25rem; padding: 0; border: 0; }
#verdict .headline { font-size: 1.25rem; font-weight: 600; line-height: 1.35; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .875rem; line-height: 1.4; }
caption { padding: 0 0 .35rem; text-align: left; font-weight: 600; }
th, td { padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border-bottom: 1px solid var(--ink); color: var(--soft); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 400; }
tbody th { min-width: 6rem; max-width: 20rem; }
td { min-width: 6rem; max-width: 22rem; }
td:nth-child(2):last-child { max-width: 44rem; }
td.n { min-width: 3.5rem; }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th.n { white-space: normal; }
.together { white-space: nowrap; }
.soft { color: var(--soft); }
.verdict { font-weight: 600; white-space: nowrap; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.open { color: var(--open); }
#verdict.good, #verdict.bad, #verdict.open { color: var(--ink); }
.verdict.none { color: var(--soft); }
.warning { margin: 1rem 0; padding: .5rem 1rem; border: 1px solid var(--open); max-width: 44rem; }
figure { margin: 1.5rem 0 2rem; }
svg { display: block; width: 100%; height: auto; max-width: 52rem; }
svg * { stroke-linejoin: round; stroke-linecap: butt; }
svg text { font-family: "DejaVu Sans", Verdana, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei",
  "WenQuanYi Micro Hei", sans-serif; white-space: pre; }
figcaption { margin-top: .35rem; max-width: 44rem; }
dt { margin-top: .6rem; font-weight: 600; }
dd { margin: 0; }
pre { margin: .75rem 0; padding: .75rem 1rem; background: var(--pale); font-size: .875rem; white-space: pre-wrap;
  overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
td code { font-size: .8125rem; }
@media (max-width: 40rem) {
  body { padding-top: 1rem; }
  h1 { font-size: 1.4rem; }
  #verdict { padding: .25rem .9rem .75rem; }
  #verdict .headline { font-size: 1.1rem; }
  td { max-width: 15rem; }
}
@page { size: A4; margin: 16mm 14mm 18mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  h2, h3, caption { break-after: avoid; }
  figure, tr, .warning, #verdict, pre { break-inside: avoid; }
  .scroll { overflow: visible; }
  .scroll:not(.long) { break-inside: avoid; }
  table { font-size: 8pt; width: 100%; }
  th, td { padding-right: .5rem; }
  td, td.n, tbody th { min-width: 0; }
  thead { display: table-header-group; }
  #verdict { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  svg { max-height: 21cm; }
}
"""


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        name: its id.
        title: its heading.
        content: what is in it; a section with nothing in it is left out.
    """

    name: str
    title: str
    content: Sequence[Markup]


def page(title: str, about: Sequence[str], verdict: Markup, sections: Sequence[Section]) -> str:
    """Return the whole page.

    Args:
        title: what the report is about.
        about: lines beneath the title.
        verdict: the first section.
        sections: those that follow.
    """
    shown = [part for part in sections if any(part.content)]
    links = [tag("li", tag("a", part.title, href=f"#{part.name}")) for part in shown]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=FORBIDDEN),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="generator", content="servsim"),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        tag("style", Markup(STYLE)),
    )
    top = tag("header", tag("h1", title), *(tag("p", line, class_="about") for line in about))
    body = tag(
        "body",
        top,
        tag("main", verdict, tag("nav", tag("ul", *links), aria_label="Contents"), *map(_section, shown)),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _section(part: Section) -> Markup:
    return section(part.name, part.title, joined(*part.content))
