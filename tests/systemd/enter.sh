#!/bin/bash
# enter.sh PROGRAM ARGUMENTS...: runs PROGRAM where a systemd of its own can run and nothing else is
# touched: own network (the loopback alone), own processes, own cgroups, own /run, /tmp and
# /var/tmp, and a journal of its own. Where this machine does not allow that, PROGRAM runs as it is, with the
# reason in HALE_NO_SYSTEMD.
set -u

cannot() {
  export HALE_NO_SYSTEMD="$1"
  exec "${arguments[@]}"
}

# The last stage: alone with the processes, and with everything of the host still visible to read.
inside() {
  mount -t tmpfs tmpfs /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup || return 1
  # What a unit may be limited by; as much of it as this machine has in cgroup2.
  local controllers controller
  read -ra controllers < /sys/fs/cgroup/cgroup.controllers
  for controller in ${controllers[@]+"${controllers[@]}"}; do
    echo "+$controller" > /sys/fs/cgroup/cgroup.subtree_control
  done 2> /dev/null
  mount -t tmpfs tmpfs /run || return 1
  mkdir -p /run/systemd/system /run/systemd/journal /run/log/journal /run/lock
  mount -t tmpfs tmpfs /tmp && mount -t tmpfs tmpfs /var/tmp && mount -t tmpfs tmpfs /var/log || return 1
  ip link set lo up || return 1
  /lib/systemd/systemd-journald > /dev/null 2>&1 &
  export HALE_SYSTEMD_WORLD=1
  "${arguments[@]}"
  exit $?
}

# Own cgroups, and out of the topmost one, which could pass on no controllers while somebody is in it.
halfway() {
  mkdir "$HALE_TEST_CGROUP/tests" || cannot "no right to make a cgroup"
  echo $$ > "$HALE_TEST_CGROUP/tests/cgroup.procs" || cannot "no right to enter a cgroup"
  exec timeout -s KILL "${HALE_SYSTEMD_LIMIT:-110}" \
    unshare --pid --fork --kill-child --mount-proc "$0" --inside "${arguments[@]}"
}

case ${1:-} in
  --inside)
    shift
    arguments=("$@")
    inside
    cannot "no right to mount file systems"
    ;;
  --halfway)
    shift
    arguments=("$@")
    halfway
    ;;
esac

arguments=("$@")
[ "$(id -u)" = 0 ] || cannot "only root may make the namespaces"
for tool in /lib/systemd/systemd /lib/systemd/systemd-journald; do
  [ -x "$tool" ] || cannot "there is no $tool"
done
for tool in systemctl unshare ip timeout; do
  command -v "$tool" > /dev/null || cannot "there is no $tool"
done
case $1 in
  /tmp/* | /run/* | /var/tmp/*) cannot "the program lies in a folder that it would lose, $1" ;;
esac
top=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$top" ] || cannot "there is no cgroup2"
export HALE_TEST_CGROUP="$top/hale_test_$$"
mkdir "$HALE_TEST_CGROUP" 2> /dev/null || cannot "no right to make a cgroup"

status=0
(
  echo "$BASHPID" > "$HALE_TEST_CGROUP/cgroup.procs" || cannot "no right to enter a cgroup"
  unshare --net --mount --cgroup true 2> /dev/null || cannot "no right to make the namespaces"
  exec unshare --net --mount --cgroup "$0" --halfway "${arguments[@]}"
) || status=$?

# Whoever is left over, then the folders, the deepest first.
echo 1 > "$HALE_TEST_CGROUP/cgroup.kill" 2> /dev/null
for _ in $(seq 100); do
  find "$HALE_TEST_CGROUP" -depth -type d -exec rmdir {} \; 2> /dev/null
  [ -d "$HALE_TEST_CGROUP" ] || break
  sleep 0.05
done
exit "$status"
