# What is done to the package, step by step; sourced by boot.

# not_booted: an image is made without a running systemd.
not_booted() {
  step "install, upgrade, remove, purge in a system that is not running"
  offline dpkg --install "/root/$old.deb" 2>&1 | grep '^outpace:\|^/usr/share' || die "the package does not say how to begin"
  offline getent passwd outpace
  mkdir -p "$machine$state"
  echo kept >"$machine$state/data"
  offline dpkg --install "/root/$new.deb" >/dev/null 2>&1
  offline outpace version
  offline dpkg --remove outpace >/dev/null 2>&1
  offline dpkg --purge outpace 2>&1 | grep '^outpace: kept' || die "purge does not say what it keeps"
  [ "$(cat "$machine$state/data")" = kept ] || die "purge has deleted data"
  rm -r "${machine:?}$state"
}

no_campaigns() {
  step "installed, without campaigns"
  inside dpkg --install "/root/$old.deb" >/dev/null 2>&1
  show "enabled: $(inside systemctl is-enabled outpace || true), active: $(inside systemctl is-active outpace || true)"
  is UnitFileState disabled
  is ActiveState inactive
  if inside systemctl start outpace 2>"$work/start"; then die "it starts without campaigns"; fi
  show "$(head -n 1 "$work/start")"
  inside systemctl status --no-pager outpace 2>&1 | grep -E 'Docs|was not met' || true
  inside systemd-analyze security --no-pager outpace.service | tail -n 1
}

starts() {
  step "start: ready when systemctl returns"
  configure
  drop_in
  inside systemctl --quiet enable --now outpace
  is ActiveState active
  is SubState running
  show "$(journal | grep ' runs: ')"
  if journal | grep 'mode is different'; then die "the package and the unit differ about the mode of a directory"; fi
  [ "$(inside stat -c '%a %U:%G' /etc/outpace)" = "2750 root:outpace" ] || die "/etc/outpace: $(inside stat -c '%a %U:%G' /etc/outpace)"
  [ "$(inside stat -c '%a %U:%G' $state)" = "2770 outpace:outpace" ] || die "$state: $(inside stat -c '%a %U:%G' $state)"
  await at_least 40
  sound
}

# members of the group use the commands beside the service, and leave files
# behind that it can open.
members() {
  step "the group's commands beside the service, and with it stopped"
  inside useradd --groups outpace member
  inside useradd stranger
  if inside runuser -u stranger -- outpace status >/dev/null 2>&1; then die "strangers read the database"; fi
  inside runuser -u member -- outpace pause ada --reason "a look by hand"
  inside systemctl stop outpace
  inside runuser -u member -- outpace resume ada
  # A command that was killed leaves SQLite's files behind, as the member's.
  inside runuser -u member -- sqlite3 "$state/outpace.db" 'BEGIN IMMEDIATE; SELECT 1;' '.shell kill -9 $PPID' >/dev/null 2>&1 || true
  show "$(inside ls -l "$state")"
  local before
  before=$(lines)
  inside systemctl start outpace
  await grown "$before"
  sound
}

reloads() {
  step "reload: all or nothing"
  local pid before
  pid=$(get MainPID)
  echo "New Example,https://www.linkedin.com/in/example-new,1" >>"$machine/etc/outpace/people.csv"
  inside systemctl reload outpace
  await logged reloaded
  inside outpace why https://www.linkedin.com/in/example-new | sed -n 1p
  cp "$machine/etc/outpace/campaigns.yaml" "$work/good.yaml"
  echo 'no such key: 1' >>"$machine/etc/outpace/campaigns.yaml"
  inside systemctl reload outpace
  await logged 'not reloaded'
  show "$(journal | grep 'not reloaded' | tail -n 1)"
  cp "$work/good.yaml" "$machine/etc/outpace/campaigns.yaml"
  [ "$(get MainPID)" = "$pid" ] || die "a reload has started another process"
  before=$(lines)
  await grown "$before"
  sound
}

# crashes kills the daemon right after it has written lines: between the line and
# the record of it, if the kill is fast enough.
crashes() {
  step "crash: kill -9, ten times, as soon as lines are written"
  local n restarts open between=0
  for n in $(seq 10); do
    restarts=$(get NRestarts)
    await grown "$(lines)"
    kill_at_line
    open=$(inside outpace export messages | grep -c ,released,) || true
    if [ "$open" -gt 0 ]; then between=$((between + 1)); fi
    await restarted "$restarts"
  done
  show "restarts: $(get NRestarts); caught between claim and record: $between of 10"
  await grown "$(lines)"
  sound
}

# kill_at_line waits for the next write without starting a process, and kills
# from out here, for both take time.
kill_at_line() {
  local pid
  pid=$(pgrep --ns "$leader" --nslist pid --exact outpace)
  touch "$work/now"
  sleep 0.1
  touch "$work/now"
  until [ "$machine$outbox" -nt "$work/now" ]; do :; done
  kill -KILL "$pid"
}

hangs() {
  step "watchdog: stopped with SIGSTOP, it is ended and started again (WatchdogSec=4 here)"
  local restarts
  restarts=$(get NRestarts)
  inside systemctl kill --signal=STOP outpace
  await restarted "$restarts"
  logged "Failed with result 'watchdog'" || die "that was not the watchdog"
  journal | grep -i watchdog | sed 's/^/    /'
  await grown "$(lines)"
  sound
}

stops() {
  step "stop: in order"
  inside systemctl stop outpace
  is ActiveState inactive
  is Result success
  show "exit status $(get ExecMainStatus)"
  local sent
  sent=$(inside outpace export messages | grep -c ,sent,)
  [ "$sent" -eq "$(lines)" ] || die "$sent messages are sent in the database, $(lines) lines are in the outbox"
  sound
}

upgrades() {
  step "upgrade: a service that was stopped stays stopped"
  inside dpkg --install "/root/$new.deb" >/dev/null 2>&1
  is ActiveState inactive
  inside dpkg --install "/root/$old.deb" >/dev/null 2>&1

  step "upgrade while it runs: the new program goes on with the data"
  inside systemctl start outpace
  await grown "$(lines)"
  local pid
  pid=$(get MainPID)
  cp "$machine$outbox" "$work/before"
  echo 'no such key: 1' >>"$machine/etc/outpace/campaigns.yaml"
  inside dpkg --install "/root/$new.deb" 2>&1 | grep '^outpace: this version refuses' || die "the upgrade does not look at the file"
  cp "$work/good.yaml" "$machine/etc/outpace/campaigns.yaml"
  inside outpace version
  is ActiveState active
  [ "$(get MainPID)" != "$pid" ] || die "the old program still runs"
  journal | grep " $new runs: " | sed 's/^/    /' || die "the new program does not run"
  await grown "$(lines)"
  cmp -n "$(stat -c %s "$work/before")" "$work/before" "$machine$outbox" || die "the outbox is not what it was"
  sound
}

backs_up() {
  step "a backup of a database in use"
  inside sqlite3 "$state/outpace.db" ".backup /root/copy.db"
  inside outpace verify --db /root/copy.db
}

boots_again() {
  step "the machine is booted again: it comes up by itself"
  shut_down
  boot || die "the machine does not boot again"
  is ActiveState active
  await grown "$(lines)"
  sound
}

removes() {
  step "remove: stopped, disabled, the data as it was"
  inside dpkg --remove outpace >/dev/null 2>&1
  [ ! -e "$machine/usr/bin/outpace" ] || die "the program is still there"
  inside systemctl is-active outpace && die "it still runs"
  [ ! -e "$machine/etc/systemd/system/multi-user.target.wants/outpace.service" ] || die "it is still enabled"
  (cd "$machine" && sha256sum ".$outbox" ".$state/outpace.db" etc/outpace/*) >"$work/sums"

  step "installed again, it goes on where it was"
  inside dpkg --install "/root/$new.deb" >/dev/null 2>&1
  is ActiveState inactive
  (cd "$machine" && sha256sum --quiet --check "$work/sums") || die "remove has changed data"
  inside systemctl --quiet enable --now outpace
  await grown "$(lines)"
  sound

  step "purge: says what it keeps"
  inside dpkg --purge outpace 2>&1 | grep -A 1 '^outpace: kept' || die "purge does not say what it keeps"
  [ -s "$machine$state/outpace.db" ] && [ -s "$machine/etc/outpace/campaigns.yaml" ] || die "purge has deleted data"
}
