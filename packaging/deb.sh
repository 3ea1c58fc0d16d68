#!/bin/bash
# Builds the one bin/outpace_VERSION_ARCH.deb: make deb
#
# VERSION is what `git describe` says. The same commit makes the same bytes: all
# times in the package are SOURCE_DATE_EPOCH, by default the commit's.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022
export LC_ALL=C.UTF-8 TZ=UTC

: "${GO:=go}" "${MAKE:=make}" "${DEB_DIR:=bin}" "${VERSION:=$(git describe --tags --always --dirty)}"
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct)}"
: "${DEBFULLNAME:=The outpace authors}" "${DEBEMAIL:=outpace@example.com}"
export SOURCE_DATE_EPOCH

# deb_version prints a version as Debian sorts it:
#   v1.2.3             1.2.3
#   v1.2.3-rc1         1.2.3~rc1           before 1.2.3
#   v1.2.3-4-g0abcdef  1.2.3+4.g0abcdef    after it
#   0abcdef            0~20261201090000.0abcdef   before every tag; the commit's time
# and +dirty behind one with changes that are not committed.
deb_version() {
  local v=$1 dirty=
  case $v in *-dirty) v=${v%-dirty} dirty=+dirty ;; esac
  if [[ $v =~ ^v?[0-9]+\.[0-9] ]]; then
    v=$(sed -E 's/^v//; s/-([0-9]+)-(g[0-9a-f]+)$/+\1.\2/; s/-/~/; s/-/./g' <<<"$v")
  else
    v="0~$(date -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S).$v"
  fi
  printf '%s%s\n' "$v" "$dirty"
}

out=bin/deb root=bin/deb/root
rm -rf "$out" "$DEB_DIR"/outpace_*.deb
mkdir -p "$root"

# As Debian hardens its programs, and without the symbols of a debugger.
"$GO" build -trimpath -buildmode=pie -o "$out/outpace" \
  -ldflags "-s -w -X main.version=$VERSION -linkmode=external -extldflags=-Wl,-z,now" ./cmd/outpace

"$MAKE" --no-print-directory install BINARY="$out/outpace" DESTDIR="$root" PREFIX=/usr \
  ZSH_COMPLETIONS=/usr/share/zsh/vendor-completions

doc=$root/usr/share/doc/outpace
{
  printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n'
  printf 'Upstream-Name: outpace\nComment: The texts of the libraries in the program are in libraries.txt.gz.\n\n'
  printf 'Files: *\nCopyright: %s\nLicense: Expat\n' "$(sed -n 's/^Copyright (c) //p' LICENSE)"
  sed -e '1,/^Copyright/d' LICENSE | sed -e '1{/^$/d}' -e 's/^$/./' -e 's/^/ /'
} >"$doc/copyright"
packaging/libraries.sh >"$out/libraries.txt"
gzip -9nc "$out/libraries.txt" >"$doc/libraries.txt.gz"
gzip -9nc CHANGELOG.md >"$doc/changelog.gz"
rm "$doc/CHANGELOG.md"
install -D -m 644 packaging/debian/lintian-overrides "$root/usr/share/lintian/overrides/outpace"

DEB_VERSION=$(deb_version "$VERSION")
DEB_ARCH=$("$GO" env GOARCH)
DEB_MAINTAINER="$DEBFULLNAME <$DEBEMAIL>"
# The oldest libc that has every function the program calls.
DEB_LIBC=$(objdump -T "$out/outpace" | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -n 1 | cut -d_ -f2)
export DEB_VERSION DEB_ARCH DEB_MAINTAINER DEB_LIBC
cat >"$out/changelog.yaml" <<END
- semver: $DEB_VERSION-1
  date: $(date -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
  packager: $DEB_MAINTAINER
  deb: { urgency: medium, distributions: [stable] }
  changes: [ { note: "Built from $VERSION; changelog.gz tells what changed." } ]
END

find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
"$GO" tool -modfile=packaging/tools/go.mod nfpm package --config packaging/nfpm.yaml --packager deb --target "$DEB_DIR/"
rm -rf "$out"
