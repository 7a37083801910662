#!/usr/bin/env bash
# tests/bench/rebuild.sh [FILE SUITE]...: seconds in which the dev preset builds what one touched probe file is in: the suite of unit tests
# of its type. Without ccache, which a file that was only touched would come from.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- probes/smtp/probe.cpp unit_smtp probes/http/probe.cpp unit_http probes/tls/probe.cpp unit_tls
export CCACHE_DISABLE=1
while [ $# -gt 1 ]; do
  cmake --build build/dev --target "$2" >/dev/null
  touch "$1"
  began=$(date +%s%N)
  cmake --build build/dev --target "$2" >/dev/null
  took=$((($(date +%s%N) - began) / 100000000))
  printf '%s, %s: %d.%d s\n' "$1" "$2" $((took / 10)) $((took % 10))
  shift 2
done
