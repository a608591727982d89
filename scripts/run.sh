#!/usr/bin/env bash
# Builds what is needed and starts the server; its arguments are the server's.
source "$(dirname "$0")/env.sh"
"$ROOT/scripts/ensure-rust.sh"
"$ROOT/scripts/ensure-web.sh"
cd "$ROOT"

profile=(${RELEASE:+--release})
if [ -n "${RELEASE:-}" ]; then
  say "Building the server, optimised (the first time up to ten minutes; seconds when nothing changed)"
else
  say "Building the server (the first time a few minutes; RELEASE=1 builds the optimised one, which takes longer)"
fi
cargo build --package chinwag "${profile[@]}" || fail "the server could not be built; the compiler's reason is above"

say "Starting Chinwag; its data is kept in ./chinwag-data, Ctrl-C ends it"
binary=${CARGO_TARGET_DIR:-target}/$([ -n "${RELEASE:-}" ] && echo release || echo debug)/chinwag
exec "$binary" serve "$@"
