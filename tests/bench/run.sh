#!/usr/bin/env bash
# tests/bench/run.sh DIR SCENARIO [TIMES]: what one run of SCENARIO costs on a healthy lab that is up (DIR, as `drydock lab up` printed
# it): how long it took, beside the larger of its longest chain of `needs` and its connections' time divided by the limit; drydock's own
# CPU, all threads, without its children; the octets of its JSON report. DRYDOCK names the program, build/release/drydock unless said. The chain is
# what drydock prints with --verbose, the connections' time the sum of what the observations of the busiest address took.
set -euo pipefail
cd "$(dirname "$0")/../.."
lab=$1 scenario=$2 times=${3:-5}
drydock=$(realpath "${DRYDOCK:-build/release/drydock}")
own_cpu=$PWD/tests/bench/own_cpu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for ((i = 0; i < times; ++i)); do
  rm -f "$folder/cpu"
  OWN_CPU_OF=$drydock OWN_CPU_LOG=$folder/cpu "$drydock" lab exec --run "$lab" -- "$own_cpu" \
    run "$scenario" --vars "$lab/vars.yaml" --quiet --report json="$folder/report.json" >/dev/null </dev/null
  "$drydock" lab exec --run "$lab" -- \
    "$drydock" run "$scenario" --vars "$lab/vars.yaml" --quiet --verbose --report json="$folder/whole.json" 2>"$folder/words" >/dev/null </dev/null
  python3 - "$folder" "$scenario" <<'PY'
import json, os, re, sys
folder, scenario = sys.argv[1:]
whole = json.load(open(folder + "/whole.json"))
words = open(folder + "/words").read()
chain, took = (float(re.search(p, words)[1]) for p in (r"= ([\d.]+) s;", r"whole run took ([\d.]+) s"))
limits = [int(n) for n in re.findall(r"connections: *(\d+)", open(scenario).read())] or [4]
spent = {}
for seen in whole["observations"]:
    if seen["host"] not in ("dns", "here"):
        address = seen["address"].rsplit(":", 1)[0]
        spent[address] = spent.get(address, 0) + seen["duration_ms"] / 1000
shared = max(spent.values()) / min(limits)
cpu = open(folder + "/cpu").read().split()[0]
print(f"took {took:.2f} s, {took / max(chain, shared):.2f} times the larger of chain {chain:.2f} s and connections {shared:.2f} s; "
      f"CPU {1000 * float(cpu):.0f} ms; JSON {os.path.getsize(folder + '/report.json')} octets")
PY
done
