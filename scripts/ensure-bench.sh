#!/usr/bin/env bash
# Makes sure that the servers are there that Chinwag is measured beside. One that cannot be had is left out of the
# measurement, which says so.
source "$(dirname "$0")/env.sh"
"$ROOT/scripts/ensure-servers.sh"

missing=()
has mosquitto || missing+=(mosquitto)
[ -e /usr/lib/nginx/modules/ngx_nchan_module.so ] || missing+=(libnginx-mod-nchan)
if [ "${#missing[@]}" -gt 0 ]; then
  # As for the other servers: installed, but not started by the system.
  policy=/usr/sbin/policy-rc.d
  as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }
  if [ ! -e "$policy" ] && command -v dpkg >/dev/null; then
    trap 'as_root rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null 2>&1 && as_root chmod 755 "$policy" || true
  fi
  # Fails in a shell of its own: without them the others are measured all the same.
  (apt_install "servers to be measured beside" "${missing[@]}") || true
fi

if has node && has npm; then
  # The mark that it is done is named by its path.
  mkdir -p "$STAMPS/npm-crates/testkit/peers"
  "$ROOT/scripts/ensure-npm.sh" crates/testkit/peers/socket-io || true
fi

# Centrifugo itself is not to be had from every module proxy; the library that it is made of is, and comes with a server
# of a hundred lines.
centrifuge=$ROOT/crates/testkit/peers/centrifuge
if has go; then
  wanted=$(hash_of "$centrifuge/main.go" "$centrifuge/go.mod" "$centrifuge/go.sum")
  if [ ! -x "$TOOLS/centrifuge/centrifuge" ] || ! is_done centrifuge "$wanted"; then
    say "Building a Centrifuge server with $(go version | cut -d' ' -f3) (a few minutes)"
    # A Go that is too old for it says so; then it is left out.
    if (cd "$centrifuge" && quietly "go build" env GOTOOLCHAIN=local go build -o "$TOOLS/centrifuge/centrifuge" .); then
      mark_done centrifuge "$wanted"
    fi
  fi
fi
