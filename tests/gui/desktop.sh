#!/usr/bin/env bash
# A desktop for one command: Xvfb on a free display, a window manager, a private bus with an unlocked Secret Service.
set -u
display_file=$(mktemp)
Xvfb -displayfd 3 -screen 0 1360x900x24 -nolisten tcp 3>"$display_file" >/dev/null 2>&1 &
x=$!
for _ in $(seq 100); do [ -s "$display_file" ] && break; sleep 0.1; done
export DISPLAY=":$(cat "$display_file")"
openbox >/dev/null 2>&1 &
wm=$!
bash "$TOP/tests/secret_service.sh" "$@"
code=$?
kill "$wm" "$x" 2>/dev/null
wait "$wm" "$x" 2>/dev/null
rm -f "$display_file"
exit $code
