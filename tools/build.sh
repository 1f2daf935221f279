#!/usr/bin/env bash
# Three plain steps: the server, the browser part, the style sheet. Use: tools/build.sh release|ci
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/lib/env.sh
profile="${1:-release}"
features="${2:-}"
need_rust
need_wasm_tools
# Certificates are drawn with the fonts of the system.
debian fonts-noto-cjk
npm_packages tools/style
say "构建服务端（$profile）"
cargo build --profile "$profile" -p server ${features:+--features "$features"} --quiet || die "服务端没有构建成功，见上面的信息。"

say "构建浏览器部分"
mkdir -p dist/pkg
rm -f dist/pkg/yucai*
# One library an island: a page loads only what it holds. Each is kept in the target folder until it changes.
for library in player simulation; do
  wasm="$TARGET/wasm32-unknown-unknown/wasm-release/app.wasm"
  cargo build -p app --lib --target wasm32-unknown-unknown --profile wasm-release --features "hydrate,$library" --quiet || die "浏览器部分没有构建成功，见上面的信息。"
  stamp=$(sha256sum "$wasm" | cut -c1-16)
  if [ "$(cat "dist/pkg/.$library" 2>/dev/null)" != "$stamp" ]; then
    "$TOOLS/bin/wasm-bindgen" --target web --no-typescript --out-name "$library" --out-dir dist/pkg "$wasm" 2>/dev/null
    tools/style/node_modules/.bin/wasm-opt -Oz --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals "dist/pkg/${library}_bg.wasm" -o "dist/pkg/${library}_bg.wasm"
    printf '%s' "$stamp" > "dist/pkg/.$library"
  fi
done

say "构建样式"
cp public/* dist/
node tools/style/build.mjs dist >/dev/null
node tools/style/check.mjs dist/yucai.css >/dev/null
node -e '
const { brotliCompressSync, constants } = require("zlib"), fs = require("fs");
for (const folder of ["dist", "dist/pkg"]) for (const name of fs.readdirSync(folder)) {
  if (!/\.(css|js|wasm|svg|html|webmanifest)$/.test(name)) continue;
  const file = `${folder}/${name}`;
  fs.writeFileSync(`${file}.br`, brotliCompressSync(fs.readFileSync(file), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}'
