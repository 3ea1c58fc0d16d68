# A Debian machine to try a package on, sourced by boot: a debootstrap tree,
# booted with systemd-nspawn. It ends with the script.

machine= leader= nspawn=

skip() { printf 'skipped: %s\n' "$*"; exit 77; }
die() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# await COMMAND… tries it twice a second, for a minute at most.
await() {
  local n
  for n in $(seq 120); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.5
  done
  die "not within a minute: $*"
}

# need_root skips where a machine cannot be had at all.
need_root() {
  [ "$(id -u)" -eq 0 ] || skip "only root can boot a machine"
  local tool
  for tool in debootstrap systemd-nspawn nsenter unshare; do
    command -v "$tool" >/dev/null || skip "$tool is missing"
  done
  unshare --mount --pid --fork true 2>/dev/null || skip "this root may not mount or make namespaces"
  local device
  device=$(mktemp --dry-run)
  mknod "$device" c 1 3 2>/dev/null || skip "this root may not make devices"
  rm "$device"
}

# make_tree DIR PACKAGE,… makes a minimal system of this one's release, from the
# mirror that apt is configured to use.
make_tree() {
  local suite mirror proxy=
  suite=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  mirror=$(apt-get indextargets --format '$(CODENAME) $(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk -v suite="$suite" '$1 == suite && $2 == "Debian" && $3 == "main" { print $4; exit }')
  [ -n "$mirror" ] || skip "apt has no Debian mirror for the release ${suite:-of this machine}"
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  http_proxy=${proxy:-${http_proxy:-}} debootstrap --variant=minbase --include="$2" "$suite" "$1" "$mirror" >"$1.log" 2>&1 ||
    { tail -n 20 "$1.log"; die "debootstrap"; }
  machine=$1
}

# boot starts the machine and waits until all of it is up.
boot() {
  setsid systemd-nspawn --quiet --boot --register=no --keep-unit --private-network --link-journal=no --resolv-conf=off --timezone=off \
    --console=pipe --directory="$machine" </dev/null >"$machine.console" 2>&1 &
  nspawn=$!
  local n
  for n in $(seq 120); do
    leader=$(pgrep -P "$nspawn" || true)
    if [ -n "$leader" ] && inside systemctl is-system-running --wait >/dev/null 2>&1; then return 0; fi
    if ! kill -0 "$nspawn" 2>/dev/null; then break; fi
    sleep 0.5
  done
  return 1
}

# inside runs a command in the running machine.
inside() {
  nsenter --target "$leader" --mount --uts --ipc --net --pid --cgroup --root --wd -- \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root "$@"
}

# offline runs a command in the machine while it is not booted.
offline() {
  systemd-nspawn --quiet --register=no --keep-unit --private-network --link-journal=no --resolv-conf=off --timezone=off \
    --pipe --directory="$machine" -- "$@" 2> >(grep -v '^Attempted to remove disk file system' >&2)
}

# shut_down ends the machine in order.
shut_down() {
  inside systemctl poweroff 2>/dev/null # it asks logind first, which is not here
  local n
  for n in $(seq 60); do
    if ! kill -0 "$nspawn" 2>/dev/null; then nspawn='' && return 0; fi
    sleep 0.5
  done
  die "the machine does not shut down"
}

# remove_machine is for the trap at the end. systemd-nspawn takes its machine
# with it, whatever state that is in.
remove_machine() {
  if [ -n "$nspawn" ]; then
    kill -KILL "$leader" "$nspawn" 2>/dev/null || true
    wait "$nspawn" 2>/dev/null || true
  fi
}
