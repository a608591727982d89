#!/usr/bin/env bash
# Builds what is needed and runs a whole cluster on this machine until Ctrl-C; its arguments are the cluster's.
source "$(dirname "$0")/env.sh"
"$ROOT/scripts/ensure-rust.sh"
"$ROOT/scripts/ensure-web.sh"
"$ROOT/scripts/ensure-servers.sh"
cd "$ROOT"

say "Building the server and what starts the cluster (the first time a few minutes)"
cargo build --package chinwag --package chinwag-testkit || fail "they could not be built; the compiler's reason is above"
exec "${CARGO_TARGET_DIR:-target}/debug/chinwag-testkit" cluster "$@"
