#!/bin/bash
# Prints the licence of everything that is linked into outpace, library by
# library: their licences ask for it wherever the program goes.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${GO:=go}"

texts() { # name folder
  local found=
  for file in "$2"/{LICENSE,LICENCE,COPYING,NOTICE}*; do
    if [ ! -f "$file" ]; then continue; fi
    case $file in *.go) continue ;; esac
    found=yes
    printf '\n=== %s: %s\n\n' "$1" "${file##*/}"
    cat "$file"
  done
  [ -n "$found" ] || { printf '%s has no licence in %s\n' "$1" "$2" >&2; return 1; }
}

printf 'outpace contains these libraries. SQLite, in go-sqlite3, is in the public domain.\n'
texts "Go $("$GO" env GOVERSION)" "$("$GO" env GOROOT)"
"$GO" list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/outpace |
  LC_ALL=C sort -u | while read -r path version dir; do texts "$path $version" "$dir"; done
