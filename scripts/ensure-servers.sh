#!/usr/bin/env bash
# Makes sure that the servers are there that a cluster consists of beside its nodes.
source "$(dirname "$0")/env.sh"
# The servers that tests start for themselves, on free ports and with data of their own.
has_postgres() { has postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }

missing=()
has_postgres || missing+=(postgresql)
has redis-server || missing+=(redis-server)
has nats-server || missing+=(nats-server)
has haproxy || missing+=(haproxy)
has nginx || missing+=(nginx-light)
has openssl || missing+=(openssl)
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
