#!/usr/bin/python3
"""markdown.py FILE: what cmark-gfm makes of a report: for each piece of it a line of JSON, [kind, text].

Ends with 1 where a piece is of a kind that drydock does not write, such as a link, an image or HTML of another's."""
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as tree

OURS = {
    "document", "heading", "paragraph", "text", "softbreak", "code", "code_block", "list", "item", "strong", "html_block",
    "table", "table_header", "table_row", "table_cell",
}
HTML = re.compile(r"<details><summary><b>[A-Za-z, ]+</b> <code>[^<>]*</code></summary>\n|</details>\n")

extensions = [word for name in ("table", "autolink", "strikethrough", "tasklist", "footnotes") for word in ("-e", name)]
page = subprocess.run(["cmark-gfm", "--unsafe", "-t", "xml", *extensions, sys.argv[1]], check=True, capture_output=True).stdout
for piece in tree.fromstring(page).iter():
    kind = piece.tag.rpartition("}")[2]
    assert kind in OURS, f"{kind}: {piece.text}"
    text = piece.text or ""
    if kind == "html_block":
        assert HTML.fullmatch(text), f"HTML of another's: {text}"
    if kind == "text":
        assert re.fullmatch(r"[A-Za-z0-9 ,.;:()'-]*", text), f"text that is no word of ours: {text}"
    if kind in ("text", "code", "code_block", "html_block"):
        print(json.dumps([kind, text], ensure_ascii=False))
    elif kind in ("heading", "table_cell", "strong"):
        print(json.dumps([kind]))
