#!/usr/bin/env bash
# Makes a Debian package of a binary that is already built: scripts/deb.sh target/release/chinwag [directory]
# Prints the package's path. The binary is stripped; what it needs of the C library is read off it.
source "$(dirname "$0")/env.sh"

binary=${1:-$ROOT/target/release/chinwag}
into=${2:-$ROOT/target/debian}
[ -x "$binary" ] || fail "there is no $binary; build it first: cargo build --release --package chinwag"

version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$ROOT/Cargo.toml" | head -n1)
architecture=$(dpkg --print-architecture)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"

install -D -m 755 "$binary" "$tree/usr/bin/chinwag"
strip "$tree/usr/bin/chinwag"
install -D -m 644 "$ROOT/deploy/systemd/chinwag.service" "$tree/lib/systemd/system/chinwag.service"
install -D -m 640 "$ROOT/deploy/debian/chinwag.toml" "$tree/etc/chinwag/chinwag.toml"
doc=$tree/usr/share/doc/chinwag
install -D -m 644 -t "$doc" "$ROOT/README.md" "$ROOT/docs/CLUSTER.md" "$ROOT/docs/METRICS.md" "$ROOT/docs/config.example.toml"
{
  printf 'Chinwag is licensed under the MIT license or the Apache license 2.0, as you like.\n\n'
  cat "$ROOT/LICENSE-MIT"
} >"$doc/copyright"
chmod 644 "$doc/copyright"
for shell in bash zsh fish; do
  case $shell in
    bash) at=usr/share/bash-completion/completions/chinwag ;;
    zsh) at=usr/share/zsh/vendor-completions/_chinwag ;;
    fish) at=usr/share/fish/vendor_completions.d/chinwag.fish ;;
  esac
  mkdir -p "$tree/${at%/*}"
  "$binary" completions "$shell" >"$tree/$at"
  chmod 644 "$tree/$at"
done

mkdir "$tree/DEBIAN"
libc=$(grep -ao 'GLIBC_2\.[0-9]*' "$tree/usr/bin/chinwag" | sort -uV | tail -n1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@LIBC@/${libc#GLIBC_}/" \
  -e "s/@SIZE@/$(du -sk "$tree" | cut -f1)/" "$ROOT/deploy/debian/control" >"$tree/DEBIAN/control"
echo /etc/chinwag/chinwag.toml >"$tree/DEBIAN/conffiles"
for script in postinst prerm postrm; do install -m 755 "$ROOT/deploy/debian/$script" "$tree/DEBIAN/$script"; done
(cd "$tree" && find usr lib -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)

mkdir -p "$into"
package=$into/chinwag_${version}_$architecture.deb
# xz takes ten times as long for a tenth of the size.
dpkg-deb --root-owner-group -Zgzip -z4 --build "$tree" "$package" >&2
echo "$package"
