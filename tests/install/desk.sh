#!/usr/bin/env bash
# A screen, an unlocked key store and a bus for screen readers for one command: bash tests/install/desk.sh COMMAND
set -u
TOP=$(cd "$(dirname "$0")/../.." && pwd)
export TOP
exec bash "$TOP/tests/gui/desktop.sh" bash -c '
  /usr/libexec/at-spi-bus-launcher --launch-immediately >/dev/null 2>&1 &
  bus=$!
  "$@"
  code=$?
  kill "$bus" 2>/dev/null
  exit $code' _ "$@"
