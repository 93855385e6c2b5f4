# Steps the scripts of this folder share. Waiting is always for something that can be seen: in the window's accessibility
# tree (eyes), in the store, at the practice server. Sourced, with WORK, TOP, PYTHON set.
say() { echo "failed: $1"; import -window root "$WORK/failed.png" 2>/dev/null || true; exit 1; }
until_true() { for _ in $(seq 400); do if eval "$1" >/dev/null 2>&1; then return 0; fi; sleep 0.1; done; say "$1"; }
eyes() { /usr/bin/python3 "$TOP/tests/gui/eyes.py" "$@" || say "eyes $*"; }

# the first value of a query on the practice database of folder SEEN
store() { "$PYTHON" -c "
import sqlite3, sys
con = sqlite3.connect(f'file:{sys.argv[1]}/practice.sqlite3?mode=ro', uri=True)
print(con.execute(sys.argv[2]).fetchone()[0])" "$SEEN" "$1" 2>/dev/null; }

# all cells of the first sheet of a file, a row a line
cells() { "$PYTHON" -c "
import sys
from python_calamine import CalamineWorkbook
for row in CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python(): print(row)" "$1"; }
found_in() { cells "$1" | grep -c "'Found'" || true; }

# the practice server: control WHAT [JSON] sets something and prints the figures; figure NAME is one of them
control() { "$PYTHON" -c "
import json, os, sys, urllib.request
asked = urllib.request.Request(os.environ['LUSHA_ENRICH_API_URL'] + '/__sandbox/' + sys.argv[1], (sys.argv[2:] or ['{}'])[0].encode())
told = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked)
print(json.dumps(json.load(told)['stats']))" "$@"; }
figure() { control stats | "$PYTHON" -c "import json, sys; print(json.load(sys.stdin)[sys.argv[1]])" "$1"; }

accessible() {
  /usr/libexec/at-spi-bus-launcher --launch-immediately >/dev/null 2>&1 &
  bus=$!
  export QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1
}
# wait for a window of this title and give it the keyboard; its number is left in id
find_window() {
  until_true "xdotool search --onlyvisible --name '$1'"
  id=$(xdotool search --onlyvisible --name "$1" | tail -1)
  xdotool windowactivate --sync "$id"
}
# drag a file from another program onto the drop place and let go when it lights up
drag_in() {
  "$PYTHON" tests/gui/drag_source.py "$1" >"$WORK/drag.txt" 2>/dev/null &
  source=$!
  until_true 'xdotool search --onlyvisible --name "^dragsource$"'
  xdotool windowmove --sync "$id" 110 0 || true
  xdotool windowsize "$id" 1240 780
  xdotool windowactivate --sync "$id"
  xdotool key ctrl+3
  eyes sees "Drop a spreadsheet here"
  other=$(xdotool search --onlyvisible --name "^dragsource$" | tail -1)
  xdotool windowmove "$other" 4 780
  xdotool windowraise "$other"
  until_true 'eval "$(xdotool getwindowgeometry --shell "$other")" && [ "$Y" -ge 780 ]'
  eval "$(xdotool getwindowgeometry --shell "$other")"
  xdotool mousemove $((X + 40)) $((Y + 40)) mousedown 1
  until_true 'xdotool mousemove_relative -- 4 -2; grep -q "drag begins" "$WORK/drag.txt"'
  until_true 'xdotool mousemove $((740 + RANDOM % 40)) 400; /usr/bin/python3 "$TOP/tests/gui/eyes.py" now "Let go to open it"'
  [ -z "${PICTURES:-}" ] || import -window "$id" "$WORK/over.png"
  xdotool mouseup 1
  until_true 'grep -q CopyAction "$WORK/drag.txt"'
  kill "$source"
  xdotool windowactivate --sync "$id"
}
# nothing of ours went wrong on the way
no_traceback() { if grep -q Traceback "$1"; then cat "$1"; exit 1; fi; }
