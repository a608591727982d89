#!/usr/bin/env bash
# Makes sure that web/dist is built from the web UI's sources as they are.
source "$(dirname "$0")/env.sh"
"$ROOT/scripts/ensure-node.sh"
source "$ROOT/scripts/env.sh"
"$ROOT/scripts/ensure-npm.sh" web
cd "$ROOT/web"

wanted=$(find . \( -name node_modules -o -name dist \) -prune -o -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
if [ ! -f dist/index.html ] || ! is_done web "$wanted"; then
  say "Building the web UI (a quarter of a minute)"
  quietly "building the web UI" npm run build --loglevel=error
  # The server's build does not notice files that were not there before.
  touch "$ROOT/crates/server/src/http/web_ui.rs"
  mark_done web "$wanted"
fi
