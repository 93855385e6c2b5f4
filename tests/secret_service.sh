#!/usr/bin/env bash
# Runs a command beside a real, unlocked Secret Service (gnome-keyring) on a private bus with a private home, headless:
#   bash tests/secret_service.sh pytest -q tests/core/keys
# KEEP=dir keeps and reuses the home; PASS=... is its keyring's password (KEEP=dir PASS=wrong gives a locked one).
# Without gnome-keyring the command runs alone and the tests that need the store say that they were skipped; never in CI.
set -u
needed="dbus-run-session gnome-keyring-daemon"
for program in $needed; do
  if ! command -v "$program" >/dev/null; then
    if [ "${CI:-}" = true ]; then
      echo "$program is missing; CI cannot do without a Secret Service" >&2
      exit 1
    fi
    exec "$@"
  fi
done
home=${KEEP:-$(mktemp -d)}
export HOME=$home XDG_DATA_HOME=$home/.local/share XDG_CONFIG_HOME=$home/.config XDG_CACHE_HOME=$home/.cache
export XDG_RUNTIME_DIR=$home/run PASS=${PASS:-practice} LUSHAENRICH_REAL_STORE=1
mkdir -p "$XDG_DATA_HOME" "$XDG_CONFIG_HOME" "$XDG_CACHE_HOME" "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"
# the password must not be empty: then the store asks in a window nobody sees
dbus-run-session -- bash -c '
  eval "$(printf %s "$PASS" | gnome-keyring-daemon --unlock --components=secrets 2>/dev/null)"
  unset PASS
  exec "$@"' _ "$@"
code=$?
[ -n "${KEEP:-}" ] || rm -rf "$home"
exit $code
