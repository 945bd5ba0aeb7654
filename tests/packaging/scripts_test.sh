#!/usr/bin/env bash
# The scripts in packaging/, each in a tree of its own with everything faked that they call: no
# package is installed, nothing is compiled, no port is opened.
# shellcheck disable=SC2016 # what is faked expands its variables itself
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0
unset HALE_REQUIRE_ALL # each test sets it where it means it

expect() { # WHAT CONDITION...
  local what=$1
  shift
  if "$@"; then
    printf 'ok    %s\n' "$what"
  else
    printf 'FAIL  %s\n--- output\n%s\n---\n' "$what" "${output-}"
    failures=$((failures + 1))
  fi
}
has() { [[ $output == *"$1"* ]]; }
lacks() { [[ $output != *"$1"* ]]; }
is() { [ "$1" = "$2" ]; }
gone() { timeout 10 tail -s 0.05 --pid="$1" -f /dev/null; }
fake() { # FILE, body on standard input
  { printf '#!/bin/bash\n' && cat; } >"$1"
  chmod +x "$1"
}
run() { # COMMAND...: sets output (both streams) and status
  status=0
  output=$("$@" 2>&1 </dev/null) || status=$?
}

new_tree() { # a repository with packaging/ and a PATH of its own
  tree=$work/$1
  mkdir -p "$tree/bin" "$tree/tests" "$tree/build/release" "$tree/build/dev"
  cp -r "$here/../../packaging" "$tree/packaging"
  export PATH=$tree/bin:/usr/bin:/bin
}

test_setup() {
  new_tree setup
  printf '# a comment\nbuild one\nbuild two  # why\ntest three\ntest four usr/bin/fake-program\n' \
    >"$tree/packaging/packages"
  fake "$tree/bin/dpkg-query" <<<'cat installed'
  fake "$tree/bin/apt-get" <<<'echo "apt $*"; [ -z "${APT_FAILS-}" ]'
  fake "$tree/bin/id" <<<'echo "${FAKE_UID-0}"'
  fake "$tree/bin/sudo" <<<'[ "$1" != -n ] && echo "sudo $*"'

  printf 'installed one\ninstalled two\n' >installed
  run "$tree/packaging/setup" build
  expect "setup: does nothing when all is there" is "$status$output" 0
  printf 'installed one\nnot-installed two\n' >installed
  run "$tree/packaging/setup" build
  expect "setup: updates the lists before it installs" has "update"
  expect "setup: installs what is missing, and only that" has "--no-install-recommends two"
  printf 'installed one\n' >installed
  run "$tree/packaging/setup" build
  expect "setup: a package that dpkg has never heard of is missing" has "recommends two"
  APT_FAILS=1 run "$tree/packaging/setup" build
  expect "setup: says what could not be installed" has "could not install: two"
  expect "setup: fails when apt-get fails" is "$status" 1
  FAKE_UID=1 run "$tree/packaging/setup" build
  expect "setup: without a terminal, a password for sudo is not waited for" has "wants a password"
  run "$tree/packaging/setup" everything
  expect "setup: refuses an unknown set" is "$status" 64
  run "$tree/packaging/setup"
  expect "setup: says how it is used" has "usage: packaging/setup build|test|lint"

  printf 'installed one\ninstalled two\ninstalled three\n' >installed
  mkdir -p "$tree/build/tools/usr/bin"
  fake "$tree/build/tools/usr/bin/fake-program" <<<''
  run "$tree/packaging/setup" test
  expect "setup: a program that was taken out before is there" is "$status$output" 0
  rm "$tree/build/tools/usr/bin/fake-program"
  run "$tree/packaging/setup" test
  expect "setup: a program is taken out of a package that is downloaded" has "download four"
  expect "setup: that package is never installed" lacks "recommends four"
  cp "$tree/packaging/packages" packages.before
  printf 'test four usr/lib/four/program usr/lib/four\n' >"$tree/packaging/packages"
  fake "$tree/bin/apt-get" <<<'[ "$1" = update ] || touch four.deb'
  fake "$tree/bin/dpkg-deb" <<<'mkdir -p usr/lib/four && echo >usr/lib/four/needed &&
    cp /bin/true usr/lib/four/program && tar -c ./usr'
  run "$tree/packaging/setup" test
  expect "setup: a program comes with the folder that it needs" \
    test -x "$tree/build/tools/usr/lib/four/program" -a -e "$tree/build/tools/usr/lib/four/needed"
  run "$tree/packaging/setup" test
  expect "setup: a program that is in no PATH is found where it was put" is "$status$output" 0
  cp packages.before "$tree/packaging/packages"

  mkdir -p bare && for name in bash env dirname sed; do ln -sf "/usr/bin/$name" bare/; done
  PATH=$work/bare run "$tree/packaging/setup" build
  expect "setup: elsewhere than on Debian it lists the packages" has $'  one\n  two'
  expect "setup: elsewhere than on Debian it fails" is "$status" 1
}

test_run() {
  new_tree run
  fake "$tree/packaging/setup" <<<''
  fake "$tree/bin/cmake" <<<''
  touch "$tree/build/release/build.ninja"
  fake "$tree/build/release/hale" <<'AGENT'
if [ "$1" = status ]; then
  echo "table of $3"
elif [ "$3" = taken ]; then
  echo '{"message":"cannot listen: taken by somebody"}' >&2
  exit 69
else
  trap 'kill $!; echo "{\"message\":\"stopped\"}" >&2; exit 7' TERM
  echo "arguments: $*"
  echo $$ >agent.pid
  echo '{"level":"info","message":"listening","address":"127.0.0.1:40001"}' >&2
  sleep infinity &
  wait
fi
AGENT

  run "$tree/packaging/run" --listen taken
  expect "run: exits as the agent does" is "$status" 69
  expect "run: shows why the agent did not start" has "taken by somebody"

  for signal in TERM INT HUP KILL; do
    rm -f agent.pid lines && mkfifo lines
    set -m # else a job in the background could not get SIGINT
    "$tree/packaging/run" --listen 127.0.0.1:0 >lines 2>&1 </dev/null &
    local script=$!
    set +m
    exec 5<lines
    output=""
    while IFS= read -r -u 5 line && [[ $line != *"table of"* ]]; do output+=$line$'\n'; done
    output+=$line
    kill -"$signal" "$script"
    status=0
    wait "$script" 2>/dev/null || status=$?
    expect "run: passes its arguments on" has "arguments: run --listen 127.0.0.1:0"
    expect "run: asks at the address that the agent really has" has "table of http://127.0.0.1:40001"
    expect "run: SIG$signal leaves no agent behind" gone "$(cat agent.pid)"
    output+=$(cat <&5)
    exec 5<&-
    if [ "$signal" != KILL ]; then
      expect "run: SIG$signal stops the agent cleanly" has '"stopped"'
      expect "run: after SIG$signal it exits as the agent does" is "$status" 7
    fi
  done
}

test_test() {
  new_tree test
  fake "$tree/packaging/setup" <<<''
  fake "$tree/bin/cmake" <<<'echo "cmake $*"'
  fake "$tree/bin/ctest" <<'CTEST'
echo "ctest $*"
while [ "$1" != --output-junit ]; do shift; done
cat >"$2" <<'XML'
	<testcase name="A.Runs" classname="A.Runs" time="0.004" status="run">
	<testcase name="A.Skips" classname="A.Skips" time="0.004" status="notrun">
	<testcase name="A.Off" classname="A.Off" time="0" status="disabled">
XML
echo "100% tests passed"
exit "${CTEST_STATUS-0}"
CTEST
  touch "$tree/build/dev/build.ninja"
  printf 'HALE_TESTS:BOOL=ON\n' >"$tree/build/dev/CMakeCache.txt"
  printf '# none\n' >"$tree/tests/allowed_skips.txt"

  run "$tree/packaging/test" -R Some
  expect "test: a skipped test is no failure by default" is "$status" 0
  expect "test: hands its arguments to ctest" has " -R Some"
  expect "test: does not configure again what is configured" lacks "--preset"
  expect "test: shows ctest's summary" has "100% tests passed"
  HALE_REQUIRE_ALL=1 run "$tree/packaging/test"
  expect "test: a skipped test is a failure where all are required" is "$status" 1
  expect "test: names the tests that were skipped" has $'\nA.Skips\nA.Off'
  expect "test: does not name those that ran" lacks $'\nA.Runs'
  printf '# why\nA.Skips: needs a GPU\nA.Off: broken upstream\n' >"$tree/tests/allowed_skips.txt"
  HALE_REQUIRE_ALL=1 run "$tree/packaging/test"
  expect "test: skips on the list are let pass" is "$status" 0
  printf 'HALE_TESTS:BOOL=OFF\n' >"$tree/build/dev/CMakeCache.txt"
  run "$tree/packaging/test"
  expect "test: configures with tests what packaging/run configured without" has "-DHALE_TESTS=ON"
  CTEST_STATUS=8 run "$tree/packaging/test"
  expect "test: fails as ctest does" is "$status" 8
}

test_setup
test_run
test_test
printf '%d failures\n' "$failures"
[ "$failures" -eq 0 ]
