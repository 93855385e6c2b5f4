#!/usr/bin/env bash
# The whole suite in two halves beside each other, each with a Secret Service of its own: much of it waits for processes.
#   bash tests/halves.sh --cov --cov-report=
set -u
cd "$(dirname "$0")/.."
mkdir -p build
half() {
  local name=$1
  shift
  bash tests/secret_service.sh pytest -q -p no:cacheprovider "$@" >"build/tests-$name.log" 2>&1
  local code=$?
  echo "-- $name: $(tail -n 1 "build/tests-$name.log")"
  return $code
}
half core tests/core tests/fuzz tests/sandbox tests/soak "$@" &
first=$!
half doors tests/addin tests/cli tests/gui tests/house "$@" &
second=$!
code=0
wait $first || code=1
wait $second || code=1
((code)) && cat build/tests-core.log build/tests-doors.log
exit $code
