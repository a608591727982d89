#!/usr/bin/env bash
# What needs no server to be wrong: form, lints, documentation.
source "$(dirname "$0")/env.sh"
"$ROOT/scripts/ensure-rust.sh" lint
cd "$ROOT"

say "Form"
cargo fmt --all --check || fail "the code is not in the house's form; run: cargo fmt --all"
say "Lints (a minute or two the first time)"
cargo clippy --workspace --all-targets --quiet -- -D warnings
say "Documentation"
RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items --quiet
