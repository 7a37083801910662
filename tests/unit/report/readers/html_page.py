#!/usr/bin/python3
"""html_page.py FILE: what html5lib makes of a report: for each piece of it a line, `tag`, tab, its text as it is.

Ends with 1 where the page is not HTML5 without errors, has an element or attribute that drydock does not write, reaches out of the
file, runs or styles anything that its policy does not name, or has colours that are hard to read or to see (WCAG 2.2, 1.4.3 and 1.4.11)."""
import base64
import hashlib
import re
import sys

import html5lib

SVG = {"svg", "rect", "text", "title", "line"}
HTML = {
    "html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "footer", "h1", "h2", "h3", "p", "a", "b",
    "strong", "ul", "li", "dl", "dt", "dd", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary",
    "pre", "code", "time",
}
NAMES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "scope", "colspan", "open", "tabindex", "role",
    "aria-label", "aria-labelledby", "aria-hidden", "datetime",
    "viewBox", "preserveAspectRatio", "x", "y", "x1", "y1", "x2", "y2", "width", "height", "text-anchor",
}
LEAVES = {"title", "h1", "p", "li", "dd", "caption", "th", "td", "summary", "text", "time"}
CLASSES = {"plain", "green", "yellow", "red", "badge", "skip", "scroll", "recap", "copy", "timeline", "bar", "axis", "stood"}


def local(element):
    return element.tag.rpartition("}")[2]


def text_of(element):
    return "".join(element.itertext())


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def check_colours(style):
    schemes = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in re.findall(r":root \{(.*?)\}", style, re.S)]
    assert len(schemes) == 2, "light and dark"
    for colours in schemes:
        grounds = {name[:-5]: colour for name, colour in colours.items() if name.endswith("-back")}
        assert len(grounds) == 7, grounds
        for name, ground in grounds.items():
            assert contrast(colours[name], ground) >= 4.5, f"{name}: {colours[name]} on {ground}"
        for name in ("line", "link", "plain", "green", "yellow", "red"):
            assert contrast(colours[name], colours["text-back"]) >= 3, f"{name}: {colours[name]} as a line or a bar"


with open(sys.argv[1], "rb") as report:
    page = html5lib.HTMLParser(strict=True).parse(report.read())
elements = [element for element in page.iter() if isinstance(element.tag, str)]
assert len(elements) == sum(1 for _ in page.iter()), "a comment"
by_name = {}
for element in elements:
    name = local(element)
    by_name.setdefault(name, []).append(element)
    assert name in (SVG if element.tag.startswith("{http://www.w3.org/2000/svg}") else HTML), name
    assert set(element.keys()) <= NAMES, f"{name}: {element.keys()}"
    assert set(element.get("class", "").split()) <= CLASSES, element.get("class")

ids = [element.get("id") for element in elements if element.get("id")]
assert len(ids) == len(set(ids)), "an id twice"
for link in by_name["a"]:
    assert link.get("href")[0] == "#" and link.get("href")[1:] in ids, link.get("href")
for element in elements:
    assert element.get("aria-labelledby", ids[0]) in ids
assert all(cell.get("scope") in ("col", "row") for cell in by_name.get("th", []))
assert len(by_name.get("table", [])) == len(by_name.get("caption", []))
assert len(by_name["h1"]) == len(by_name["main"]) == len(by_name["style"]) == 1 and by_name["html"][0].get("lang") == "en"

style = by_name["style"][0].text
policy, = [meta.get("content") for meta in by_name["meta"] if meta.get("http-equiv") == "Content-Security-Policy"]
digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'", digest
assert "url(" not in style and "@import" not in style
check_colours(style)

for element in elements:
    if local(element) in LEAVES:
        sys.stdout.buffer.write(f"{local(element)}\t{text_of(element)}\n".encode())
