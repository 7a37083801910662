#!/usr/bin/env bash
# tests/bench/pages.sh DIR [COUNT...]: CPU and memory of https pages, each asked for on a connection of its own, by drydock and by
# `curl --parallel`: 5000 of them unless said. DIR is that of a lab that is up (`drydock lab up` printed it), whose Apache serves them;
# DRYDOCK names the program, build/release/drydock unless said.
set -euo pipefail
cd "$(dirname "$0")/../.."
lab=$1
shift
drydock=$(realpath "${DRYDOCK:-build/release/drydock}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
at_once=50
name=starship.python.test
address=$(sed -n 's/^new: *"\?\([0-9.]*\)"\?/\1/p' "$lab/vars.yaml")
prober=$(sed -n 's/^prober: *"\?\([0-9.]*\)"\?/\1/p' "$lab/vars.yaml")

# measure COMMAND...: seconds of CPU (user and system, children included), and the most memory that was resident, in MB. Exit as COMMAND.
measure() { /usr/bin/time --quiet -o "$folder/cost" -f '%U %S %M' "$drydock" lab exec --run "$lab" -- "$@" </dev/null; }
cost() { awk '{ printf "%.2f %.1f", $1 + $2, $3 / 1024 }' "$folder/cost"; }

# scenario COUNT: so many probes of one page.
scenario() {
  cat <<YAML
drydock: 1
name: pages
domains: [$name]
trust: $lab/ca.pem
vantages: {prober: {address: $prober, name: probe.elsewhere.test}}
hosts: {new: {address: $address, hostname: $name, limits: {connections: $at_once}}}
probes:
YAML
  printf '  - {id: "page-${each}", http: {url: "https://%s/?page=${each}"}, expect: {status: 200}, for_each: [' "$name"
  seq -s, 0 "$(($1 - 1))" | sed 's/$/]}/'
}

# by_curl COUNT: the same of curl, which checks the certificate too; no session is resumed, as drydock resumes none.
by_curl() {
  for ((i = 0; i < $1; ++i)); do printf 'url = "https://%s/?page=%d"\noutput = /dev/null\n' "$name" "$i"; done >"$folder/curl"
  measure curl --silent --show-error --fail --parallel --parallel-max "$at_once" --parallel-immediate --http1.1 --no-sessionid \
    --header 'Connection: close' --interface "$prober" --cacert "$lab/ca.pem" --resolve "$name:443:$address" --config "$folder/curl" 2>"$folder/curl.progress"
}

printf '%7s  %20s  %20s  %9s  %s\n' pages "drydock CPU s / MB" "curl CPU s / MB" "CPU ratio" "KB a page"
for count in "${@:-5000}"; do
  scenario "$count" >"$folder/pages.yaml"
  measure "$drydock" run "$folder/pages.yaml" --quiet --report json="$folder/pages.json" >/dev/null
  ours=$(cost)
  by_curl "$count"
  theirs=$(cost)
  awk -v n="$count" -v ours="$ours" -v theirs="$theirs" 'BEGIN {
    split(ours, o); split(theirs, t)
    printf "%7d  %10.2f / %7.1f  %10.2f / %7.1f  %9.2f  %.1f\n", n, o[1], o[2], t[1], t[2], o[1] / t[1], o[2] * 1024 / n }'
done
