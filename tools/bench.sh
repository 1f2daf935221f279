#!/usr/bin/env bash
# The budgets of the design, measured on the release build.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib/env.sh
tools/build.sh release testbed
work=$(mktemp -d /tmp/yucai-bench.XXXXXX)
trap 'rm -rf "$work"' EXIT
"$TARGET/release/bench" "$TARGET/release/yucai" content dist "$work"
