#!/usr/bin/env bash
# Builds, starts, and does both again when a source changes. Needs nothing that `make serve` does not.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib/env.sh
state() { find domain store app server style public content -type f -newer "$CACHE/dev.stamp" 2>/dev/null | head -n 1; }
pid=""
trap '[ -n "$pid" ] && kill "$pid" 2>/dev/null' EXIT
while true; do
  touch "$CACHE/dev.stamp"
  if tools/build.sh ci; then
    [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
    "$TARGET/ci/yucai" serve --demo &
    pid=$!
  fi
  while [ -z "$(state)" ]; do sleep 1; done
done
