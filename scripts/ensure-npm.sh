#!/usr/bin/env bash
# Makes sure that the npm packages of a directory are those of its lock file: ensure-npm.sh web|tests
source "$(dirname "$0")/env.sh"
cd "$ROOT/$1"

wanted=$(hash_of package.json package-lock.json)-$(node --version)
if [ ! -d node_modules ] || ! is_done "npm-$1" "$wanted"; then
  say "Fetching the npm packages of $1/ (half a minute)"
  # No package needs to run anything of its own to be installed.
  quietly "npm ci in $1/" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  mark_done "npm-$1" "$wanted"
fi
