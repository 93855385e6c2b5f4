#!/usr/bin/env bash
# From an empty home with the keyboard only: practice server, keys typed, a change of the command line seen, a file run.
set -eu
export LUSHA_ENRICH_HOME=$WORK/data
cd "$TOP"
say() { echo "failed: $1"; import -window root "$WORK/failed.png" 2>/dev/null || true; exit 1; }
until_true() { for _ in $(seq 300); do if eval "$1" >/dev/null 2>&1; then return 0; fi; sleep 0.1; done; say "$1"; }
store() { "$PYTHON" -c "import sqlite3,sys; print(sqlite3.connect('file:$LUSHA_ENRICH_HOME/practice.sqlite3?mode=ro', uri=True).execute(sys.argv[1]).fetchone()[0])" "$1" 2>/dev/null; }

"$PYTHON" -m sandbox --scenario demo >"$WORK/practice.txt" &
server=$!
trap 'kill $server $window 2>/dev/null' EXIT
window=$server
until_true 'grep -q "^Key 5" "$WORK/practice.txt"'
export LUSHA_ENRICH_API_URL=$(sed -n "s/.*LUSHA_ENRICH_API_URL=//p" "$WORK/practice.txt")
cp examples/prospects.xlsx "$WORK/list.xlsx"

"$PYTHON" -m gui 2>"$WORK/gui.txt" &
window=$!
until_true 'xdotool search --onlyvisible --name "^LushaEnrich .practice.$"'
id=$(xdotool search --onlyvisible --name "^LushaEnrich .practice.$" | tail -1)
xdotool windowactivate --sync "$id"
until_true 'store "SELECT count(*) FROM keys"'

# add the five keys: the cursor is in the box; Tab to the kinds, right twice to Both, Enter adds
xdotool key ctrl+n
until_true 'xdotool search --onlyvisible --name "Add keys"'
sleep 0.5
for n in 1 2 3 4 5; do
  xdotool type --delay 4 "Key $n,00000000-0000-4000-8000-00000000000$n,Practice $n"
  [ "$n" = 5 ] || xdotool key Return
done
xdotool key Tab Right Right
sleep 0.8
xdotool key Return
until_true '[ "$(store "SELECT count(*) FROM keys WHERE secret=\"HELD\"")" = 5 ]'
for n in 1 2 3 4 5; do
  "$PYTHON" - "$n" <<'P' || say "key $n is in the Secret Service"
import sqlite3, sys, os
from core.keys.vault import SystemVault
con = sqlite3.connect(f"file:{os.environ['LUSHA_ENRICH_HOME']}/practice.sqlite3?mode=ro", uri=True)
key_id = con.execute("SELECT id FROM keys WHERE label=?", (f"Key {sys.argv[1]}",)).fetchone()[0]
kept = SystemVault().get(key_id)
sys.exit(kept is None or kept.last4 != f"000{sys.argv[1]}")
P
done
if grep -rl "00000000-0000-4000-8000-0000000000" "$LUSHA_ENRICH_HOME"; then say "a key stands in a file"; fi

# another program pauses a key: the window shows it (its accessible text is checked elsewhere; here the picture changes)
import -window "$id" "$WORK/before.png"
"$PYTHON" -m cli keys pause "Key 5" >/dev/null
sleep 1
import -window "$id" "$WORK/after.png"
if cmp -s "$WORK/before.png" "$WORK/after.png"; then say "the change of the command line is seen"; fi

# a second start raises the first and ends
"$PYTHON" -m gui || say "second start"

# the file: Ctrl+O, its name, Enter; Enter on the primary button; the first ten, then the rest
xdotool windowactivate --sync "$id"
xdotool key ctrl+o
until_true 'xdotool search --onlyvisible --name "A spreadsheet"'
sleep 0.7
xdotool type --delay 4 "$WORK/list.xlsx"
xdotool key Return
sleep 2
xdotool windowactivate --sync "$id"
xdotool key Return
until_true '[ "$(store "SELECT count(*) FROM jobs WHERE state IN (\"DONE\",\"PAUSED\")")" = 1 ]'
sleep 1
xdotool key Return
until_true '[ "$(store "SELECT count(*) FROM jobs WHERE state IN (\"DONE\",\"PAUSED\")")" = 2 ]'
until_true '[ "$(store "SELECT count(*) FROM keys WHERE status=\"EXHAUSTED\"")" -ge 1 ]'
xdotool key ctrl+1
sleep 1
import -window "$id" "$WORK/dashboard.png"
"$PYTHON" -c "
from python_calamine import CalamineWorkbook
rows = CalamineWorkbook.from_path('$WORK/list.xlsx').get_sheet_by_index(0).to_python()
found = sum('Found' in row for row in rows)
assert found > 5, found
" || say "the file holds what was found"
xdotool key alt+F4
until_true '! kill -0 $window'
if grep -v -i "qt.qpa\|libEGL\|failed to set\|propagateSize" "$WORK/gui.txt" | grep -q Traceback; then cat "$WORK/gui.txt"; exit 1; fi
echo "journey done"
