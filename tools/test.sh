#!/usr/bin/env bash
# Everything that proves the project, in one go; seconds a stage at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib/env.sh
. tools/lib/postgres.sh

timings=()
stage() {
  local name="$1" begun=$SECONDS
  shift
  say "── $name"
  "$@" || die "$name 没有通过。"
  timings+=("$(printf '%5d s  %s' $((SECONDS - begun)) "$name")")
}

lints() {
  cargo fmt --all --check && cargo clippy --profile ci --workspace --exclude server --features app/ssr --all-targets --quiet -- -D warnings &&
    cargo clippy --profile ci -p server --all-targets --features testbed --quiet -- -D warnings
}

in_node() {
  # The same rules as WASM: wasm-bindgen's runner executes domain's tests in Node.
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER="$TOOLS/bin/wasm-bindgen-test-runner" \
    cargo test --profile ci -p domain --target wasm32-unknown-unknown --test wasm
}

end_to_end() {
  debian chromium fonts-noto-cjk
  npm_packages end2end
  (cd end2end && YUCAI_TESTBED="$TARGET/ci/testbed" node_modules/.bin/playwright test)
}

need_rust
stage "工具" need_wasm_tools
# Certificates are drawn with them, pages are looked at with them.
stage "字体" debian fonts-noto-cjk
stage "PostgreSQL" start_postgres
stage "格式与静态检查" lints
stage "规则、存储、页面（两种数据库）" cargo test --profile ci --workspace --features server/testbed --quiet
stage "规则在 WASM 里（Node）" in_node
stage "构建" tools/build.sh ci testbed
stage "内容" "$TARGET/ci/yucai" check content
stage "接口（schemathesis）" tools/fuzz.sh
stage "浏览器" end_to_end
say ""
printf '%s\n' "${timings[@]}" >&2
