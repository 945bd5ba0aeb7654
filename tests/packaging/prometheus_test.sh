#!/usr/bin/env bash
# The example configuration and the rules in packaging/prometheus and the queries of the Grafana dashboards,
# as promtool judges them, and the unit tests of the rules. An argument says where promtool is, if neither in build/tools nor in PATH.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PATH=$root/build/tools/usr/bin:$PATH
promtool=$(command -v "${1-promtool}") || {
  printf 'SKIPPED: there is no promtool; packaging/setup test puts one into build/tools\n' >&2
  exit 77
}
cd "$root/packaging/prometheus"
failures=0
expect() { # WHAT COMMAND...
  local what=$1 output
  shift
  if output=$("$@" 2>&1); then
    printf 'ok    %s\n' "$what"
  else
    printf 'FAIL  %s\n--- output\n%s\n---\n' "$what" "$output"
    failures=$((failures + 1))
  fi
}
no() { ! "$@"; }

expect "the example configuration is valid, with its rules" \
  "$promtool" check config --lint-fatal prometheus.yml
expect "rules: each is valid, and none is there twice" \
  "$promtool" check rules --lint-fatal rules/*.yml
for test in tests/*.yml; do
  expect "rules: ${test#tests/}" "$promtool" test rules "$test"
done

# Native histograms cannot be written down in tests of the promtool of Debian 12.
untested() {
  local name
  {
    sed -nE 's/^ *- record: //p' rules/hale_recording.yml
    sed -nE 's/^ *- alert: //p' rules/hale_alerts.yml
  } | sort -u | while read -r name; do
    grep -qwF -- "$name" tests/*.yml || printf 'no test names %s\n' "$name"
  done
}

queries=$(mktemp)
trap 'rm -f "$queries"' EXIT
"$root/tests/packaging/dashboards_test.py" --rules >"$queries"
expect "dashboards: every query is one that Prometheus understands" \
  "$promtool" check rules --lint-fatal "$queries"

missing=$(untested)
printf '%s' "${missing:+$missing$'\n'}"
expect "rules: every rule is tested" test -z "$missing"
expect "rules: nothing that is absent is taken for zero" \
  no grep -nE 'or +(on *\(.*\) *)?vector *\(' -r rules
printf '%d failures\n' "$failures"
[ "$failures" -eq 0 ]
