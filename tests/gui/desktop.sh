#!/usr/bin/env bash
# A desktop for one command: Xvfb on a free display, a window manager, a private bus with an unlocked Secret Service.
set -u
display_file=$(mktemp)
# -noreset: else the server starts afresh whenever its last client leaves, and takes a window manager just connecting with it.
Xvfb -displayfd 3 -screen 0 1360x900x24 -nolisten tcp -noreset 3>"$display_file" >/dev/null 2>&1 &
x=$!
until_true() { # $1, as long as the program with id $2 lives, for two minutes at most
  for _ in $(seq 1200); do
    if eval "$1" >/dev/null 2>&1; then return 0; fi
    kill -0 "$2" 2>/dev/null || break
    sleep 0.1
  done
  echo "desktop: waited in vain for: $1" >&2
  # shellcheck disable=SC2086
  kill $x ${wm:-} 2>/dev/null
  rm -f "$display_file"
  exit 1
}
until_true 'grep -q . "$display_file"' "$x"
export DISPLAY=":$(cat "$display_file")"
openbox >/dev/null 2>&1 &
wm=$!
until_true 'xdotool get_desktop' "$wm" # the window manager says so once it manages
bash "$TOP/tests/secret_service.sh" "$@"
code=$?
kill "$wm" "$x" 2>/dev/null
wait "$wm" "$x" 2>/dev/null
rm -f "$display_file"
exit $code
