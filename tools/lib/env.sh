# Where tools and compiled code are kept between runs and clones: a cache folder of the user, never the clone.
CACHE="${YUCAI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/yucai}"
TARGET="$CACHE/target"
TOOLS="$CACHE/tools"
export CARGO_TARGET_DIR="$TARGET"
export PATH="$TOOLS/bin:$HOME/.cargo/bin:$PATH"
mkdir -p "$TARGET" "$TOOLS"

WASM_BINDGEN=0.2.130
BINARYEN=132.0.0

say() { printf '%s\n' "$*" >&2; }
die() { say "yucai: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command quietly; on failure shows the last lines and one clear sentence.
quietly() {
  local sentence="$1" log
  shift
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    die "$sentence"
  fi
  rm -f "$log"
}

# Debian packages, installed only when one of them is missing.
debian() {
  local missing=() name
  for name in "$@"; do dpkg -s "$name" >/dev/null 2>&1 || missing+=("$name"); done
  [ ${#missing[@]} -eq 0 ] && return
  local sudo=""
  [ "$(id -u)" -eq 0 ] || { have sudo || die "需要安装 ${missing[*]}，请用管理员身份运行：apt-get install ${missing[*]}"; sudo=sudo; }
  say "安装 ${missing[*]}（Debian）"
  quietly "apt-get update 没有成功，请检查 Debian 软件源。" $sudo apt-get update
  quietly "装不上 ${missing[*]}，请检查 Debian 软件源。" $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

need_rust() {
  have cargo || die "没有 Rust。请先用 rustup 装 Rust 1.95（rustup default 1.95）。"
  have cc || debian gcc libc6-dev
  if have rustup && ! rustup target list --installed 2>/dev/null | grep -q wasm32-unknown-unknown; then
    quietly "装不上 WASM 目标（rustup target add wasm32-unknown-unknown）。" rustup target add wasm32-unknown-unknown
  fi
}

need_wasm_tools() {
  if [ "$("$TOOLS/bin/wasm-bindgen" --version 2>/dev/null)" != "wasm-bindgen $WASM_BINDGEN" ]; then
    say "构建 wasm-bindgen $WASM_BINDGEN（约 3 分钟，只此一次）"
    CARGO_TARGET_DIR="$CACHE/tools-target" CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=64 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
      quietly "装不上 wasm-bindgen-cli，请检查 crates.io。" cargo install wasm-bindgen-cli --version "$WASM_BINDGEN" --root "$TOOLS" --force
  fi
}

# npm packages of a folder of ours, kept in the cache by the digest of their lock file and linked into the clone.
npm_packages() {
  have npm || die "没有 npm。请先装 Node 20。"
  local folder="$1" key kept
  key=$(sha256sum "$folder/package-lock.json" | cut -c1-16)
  kept="$CACHE/npm/$key"
  if [ ! -d "$kept/node_modules" ]; then
    mkdir -p "$kept"
    cp "$folder/package.json" "$folder/package-lock.json" "$kept/"
    (cd "$kept" && quietly "npm 装不上 $folder 的依赖。" npm ci --no-audit --no-fund --ignore-scripts)
  fi
  [ -e "$folder/node_modules" ] || ln -s "$kept/node_modules" "$folder/node_modules"
}
