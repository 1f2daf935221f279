# A private PostgreSQL for tests: own folder, own port, an unprivileged user, no fsync; stopped and removed at the end.
# Sets YUCAI_TEST_POSTGRES. Source it after env.sh.
start_postgres() {
  debian postgresql
  local bin
  bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  [ -x "$bin/initdb" ] || die "装了 postgresql，但找不到 initdb。"
  PG_FOLDER=$(mktemp -d /tmp/yucai-pg.XXXXXX)
  PG_PORT=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  PG_AS=()
  if [ "$(id -u)" -eq 0 ]; then
    chown postgres "$PG_FOLDER"
    PG_AS=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  fi
  PG_BIN="$bin"
  trap stop_postgres EXIT
  quietly "PostgreSQL 的测试库没有建成。" env HOME=/tmp "${PG_AS[@]}" "$bin/initdb" -D "$PG_FOLDER/data" -U yucai -A trust --locale=C.UTF-8 --lc-collate=C
  quietly "PostgreSQL 没有启动。" env HOME=/tmp "${PG_AS[@]}" "$bin/pg_ctl" -D "$PG_FOLDER/data" -w -l "$PG_FOLDER/log" \
    -o "-p $PG_PORT -k $PG_FOLDER -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=400" start
  export YUCAI_TEST_POSTGRES="postgres://yucai@127.0.0.1:$PG_PORT"
}

stop_postgres() {
  [ -n "${PG_FOLDER:-}" ] || return 0
  "${PG_AS[@]}" "$PG_BIN/pg_ctl" -D "$PG_FOLDER/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$PG_FOLDER"
  PG_FOLDER=""
}
