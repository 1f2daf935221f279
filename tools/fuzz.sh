#!/usr/bin/env bash
# Throws at /api/v1 what its own OpenAPI document allows and what it forbids (schemathesis), signed in as a learner.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib/env.sh
SCHEMATHESIS=4.32.5
venv="$TOOLS/schemathesis-$SCHEMATHESIS"
if [ ! -x "$venv/bin/schemathesis" ]; then
  debian python3 python3-venv
  say "安装 schemathesis $SCHEMATHESIS"
  quietly "建不了 Python 环境。" python3 -m venv "$venv"
  quietly "装不上 schemathesis，请检查 PyPI。" "$venv/bin/pip" install --quiet "schemathesis==$SCHEMATHESIS"
fi
work=$(mktemp -d)
"$TARGET/ci/testbed" "$work/data" content dist >"$work/address" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do [ -s "$work/address" ] && break; sleep 0.1; done
url=$(head -n 1 "$work/address")
token=$(node -e '
fetch(process.argv[1] + "/api/v1/sessions", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ login: "xueyuan", password: "hutong-laohuaishu" }) })
  .then((r) => r.json()).then((r) => console.log(r.token))' "$url")
# Signing out would end the session of everything that follows; its own tests knock on it.
"$venv/bin/schemathesis" run "$url/api/v1/openapi.json" --header "Authorization: Bearer $token" --checks all \
  --exclude-method DELETE --max-examples "${YUCAI_FUZZ:-40}" --seed 20211116 --no-color --wait-for-schema 10 >"$work/report" 2>&1 ||
  { tail -n 120 "$work/report" >&2; exit 1; }
tail -n 12 "$work/report"
