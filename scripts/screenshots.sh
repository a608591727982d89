#!/usr/bin/env bash
# Takes the pictures of the README anew.
source "$(dirname "$0")/env.sh"
"$ROOT/scripts/ensure-rust.sh"
"$ROOT/scripts/ensure-web.sh"
"$ROOT/scripts/ensure-tests.sh"
source "$ROOT/scripts/env.sh"
cd "$ROOT"
fc-list 2>/dev/null | grep -qi emoji || apt_install "emoji in the pictures" fontconfig fonts-noto-color-emoji
cargo build --package chinwag --quiet
TEST_SERVER_BINARY=${CARGO_TARGET_DIR:-$ROOT/target}/debug/chinwag node tests/browser/screenshots.mjs
