#!/usr/bin/env bash
# Makes sure that the tests have what they speak with: the servers beside a cluster's nodes, the SDKs and a browser.
source "$(dirname "$0")/env.sh"

# The servers that tests start for themselves, on free ports and with data of their own.
has() { PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null; }
has_postgres() { has postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }

missing=()
has_postgres || missing+=(postgresql)
has redis-server || missing+=(redis-server)
has nats-server || missing+=(nats-server)
has haproxy || missing+=(haproxy)
has nginx || missing+=(nginx-light)
has openssl || missing+=(openssl)
has faketime || missing+=(faketime)
if [ "${#missing[@]}" -gt 0 ]; then
  # Debian starts a server when it is installed, on its usual port. Nobody asked for that: this machine's policy is, for
  # as long as the installation takes, that nothing is started. One that has a policy of its own keeps it.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ] && command -v dpkg >/dev/null; then
    as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }
    forget_policy() { as_root rm -f "$policy"; }
    # Ctrl-C, and whatever makes apt fail, come by here too.
    trap forget_policy EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null 2>&1 && as_root chmod 755 "$policy" || true
  fi
  apt_install "the servers that the tests of a cluster start" "${missing[@]}"
  if [ -n "$(trap -p EXIT)" ]; then forget_policy; trap - EXIT; fi
fi

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
