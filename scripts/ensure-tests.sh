#!/usr/bin/env bash
# Makes sure that the tests have what they speak with: the servers beside a cluster's nodes, the SDKs and a browser.
source "$(dirname "$0")/env.sh"
"$ROOT/scripts/ensure-servers.sh"
"$ROOT/scripts/ensure-node.sh"
source "$ROOT/scripts/env.sh"
"$ROOT/scripts/ensure-npm.sh" tests

wanted=$(hash_of "$ROOT/tests/requirements.txt")
if [ ! -x "$ROOT/tests/.venv/bin/python" ] || ! is_done python "$wanted"; then
  "$ROOT/scripts/ensure-python.sh"
  say "Fetching the Python packages of the tests (a quarter of a minute)"
  rm -rf "$ROOT/tests/.venv"
  quietly "making a virtual environment in tests/.venv" python3 -m venv "$ROOT/tests/.venv"
  quietly "fetching the tests' Python packages" "$ROOT/tests/.venv/bin/pip" install --quiet --disable-pip-version-check -r "$ROOT/tests/requirements.txt"
  mark_done python "$wanted"
fi

if [ -z "${TEST_CHROMIUM:-}" ] && [ ! -x /usr/bin/chromium ]; then
  apt_install "the browser of the browser tests; TEST_CHROMIUM=/path/to/chromium names another" chromium
fi
