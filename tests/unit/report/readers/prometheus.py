#!/usr/bin/python3
"""prometheus.py FILE: what Python's prometheus_client makes of a report: for each sample a line of JSON, [name, labels, value].

Ends with 1 where the text is not what the textfile collector of node_exporter takes: a metric in two places, without help or
type, two series with the same labels, a time stamp."""
import json
import re
import sys

from prometheus_client.parser import text_string_to_metric_families

with open(sys.argv[1], encoding="utf-8", newline="") as file:
    text = file.read()
assert text.endswith("\n") and "\r" not in text, "line ends"
order = [re.match(r"(?:# (?:HELP|TYPE) )?([a-z_]+)", line).group(1) for line in text[:-1].split("\n")]
places = [name for at, name in enumerate(order) if at == 0 or order[at - 1] != name]
assert len(places) == len(set(places)), "a metric stands in two places"
seen = set()
for family in text_string_to_metric_families(text):
    assert family.type == "gauge", f"{family.name} is {family.type}"
    assert family.documentation, f"{family.name} has no help"
    for sample in family.samples:
        series = (sample.name, tuple(sorted(sample.labels.items())))
        assert series not in seen, f"twice: {series}"
        assert sample.timestamp is None, f"a time stamp: {series}"
        seen.add(series)
        print(json.dumps([sample.name, sample.labels, sample.value], ensure_ascii=False, sort_keys=True))
assert len(seen) == sum(not line.startswith("#") for line in text[:-1].split("\n")), "a line is no sample"
