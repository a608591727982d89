# What all scripts share; sourced, never run.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Everything that the scripts make of their own is under target/, which git ignores and `rm -rf target` undoes.
TOOLS=$ROOT/target/tools
STAMPS=$ROOT/target/stamps
LOGS=$ROOT/target/test-logs
mkdir -p "$TOOLS" "$STAMPS"

# A Node.js that was fetched because the system has none, or an old one.
if [ -x "$TOOLS/node/bin/node" ]; then PATH=$TOOLS/node/bin:$PATH; fi
# rustup's own place, for shells that have not been told.
if ! command -v cargo >/dev/null && [ -x "$HOME/.cargo/bin/cargo" ]; then PATH=$HOME/.cargo/bin:$PATH; fi
export PATH

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }

fail() {
  printf '\n\033[31mCannot go on:\033[0m %s\n' "$*" >&2
  exit 1
}

# Whether there is such a program, those that only root usually finds included.
has() { PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null; }

# Installs Debian packages: apt_install "<what for>" package…
apt_install() {
  local what_for=$1
  shift
  local by_hand="install the packages “$*” ($what_for), for instance with: sudo apt-get install $*"
  command -v apt-get >/dev/null || fail "this is no Debian system; please $by_hand"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    # Never waits for a password: a build that stops to ask looks like one that hangs.
    sudo -n true 2>/dev/null || fail "please $by_hand"
    as_root=(sudo -n)
  fi
  say "Installing $* with apt-get ($what_for; up to a few minutes)"
  local log=$TOOLS/apt.log
  local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@")
  if ! "${install[@]}" >"$log" 2>&1; then
    # The lists of packages may be missing or old.
    "${as_root[@]}" apt-get update >>"$log" 2>&1 || true
    "${install[@]}" >>"$log" 2>&1 || { tail -n 5 "$log" >&2; fail "apt-get could not install $*; the whole story is in $log"; }
  fi
}

# Whether what was done for these files and words is what they ask for now: is_done <stamp> <hash>
is_done() { [ -f "$STAMPS/$1" ] && [ "$(cat "$STAMPS/$1")" = "$2" ]; }
mark_done() { printf '%s' "$2" >"$STAMPS/$1"; }
hash_of() { cat "$@" | sha256sum | cut -d' ' -f1; }

# Runs a command whose output matters only if it fails: quietly <what> command…
quietly() {
  local what=$1 log
  shift
  log=$(mktemp "$TOOLS/log.XXXXXX")
  if ! "$@" >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    fail "$what did not work; the last lines are above, all of it is in $log"
  fi
  rm -f "$log"
}
