#!/usr/bin/env bash
# A real drag from another process onto the window; the file is read there.
set -eu
export LUSHA_ENRICH_HOME=$WORK/data LUSHA_ENRICH_API_URL=http://127.0.0.1:9
cd "$TOP"
until_true() { for _ in $(seq 200); do if eval "$1" >/dev/null 2>&1; then return 0; fi; sleep 0.1; done; echo "failed: $1"; import -window root "$WORK/failed.png" 2>/dev/null; exit 1; }
cp examples/prospects.xlsx "$WORK/list.xlsx"
"$PYTHON" -m gui >/dev/null 2>&1 &
window=$!
"$PYTHON" tests/gui/drag_source.py "$WORK/list.xlsx" >"$WORK/drag.txt" 2>/dev/null &
source=$!
trap 'kill $window $source 2>/dev/null' EXIT
until_true 'xdotool search --onlyvisible --name "^LushaEnrich .practice.$"'
until_true 'xdotool search --onlyvisible --name "^dragsource$"'
id=$(xdotool search --onlyvisible --name "^LushaEnrich .practice.$" | tail -1)
xdotool windowmove --sync "$id" 110 0 || true
xdotool windowsize "$id" 1240 780
xdotool windowactivate --sync "$id"
xdotool key ctrl+3
sleep 1
other=$(xdotool search --onlyvisible --name "^dragsource$" | tail -1)
xdotool windowmove "$other" 4 780
xdotool windowraise "$other"
sleep 0.5
eval "$(xdotool getwindowgeometry --shell "$other")"
xdotool mousemove $((X + 40)) $((Y + 40)) mousedown 1
sleep 0.2
for _ in 1 2 3 4 5 6 7 8; do xdotool mousemove_relative -- 60 -30; sleep 0.06; done
xdotool mousemove 760 400
sleep 0.4
xdotool mousemove 765 402
sleep 0.3
import -window "$id" "$WORK/over.png"
xdotool mouseup 1
until_true 'grep -q CopyAction "$WORK/drag.txt"'
sleep 1.5
import -window "$id" "$WORK/dropped.png"
cat "$WORK/drag.txt"
