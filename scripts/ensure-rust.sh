#!/usr/bin/env bash
# Makes sure that Rust code can be built. With the argument `lint`, that it can also be checked.
source "$(dirname "$0")/env.sh"

command -v cargo >/dev/null || fail "there is no cargo; install the Rust toolchain from https://rustup.rs and open a new shell"
command -v cc >/dev/null || apt_install "the C compiler that links the server and builds SQLite" gcc libc6-dev

wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$ROOT/Cargo.toml")
have=$(rustc --version | cut -d' ' -f2)
if [ "$(printf '%s\n%s\n' "$wanted" "$have" | sort -V | head -n1)" != "$wanted" ]; then
  fail "Chinwag needs Rust $wanted and this is $have; run: rustup update stable"
fi

if [ "${1:-}" = lint ]; then
  for component in fmt clippy; do
    cargo "$component" --version >/dev/null 2>&1 && continue
    name=${component/fmt/rustfmt}
    command -v rustup >/dev/null || fail "the Rust component $name is missing; install it with your package manager"
    say "Adding the Rust component $name (a few seconds)"
    quietly "rustup component add $name" rustup component add "$name"
  done
fi
