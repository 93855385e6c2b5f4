#!/usr/bin/env bash
# With the keyboard only: keys typed into the real key store, a change of the command line seen, a file dropped by another
# program, run, stopped while requests are under way, gone on with, undone; the cells looked at after each.
set -eu
export LUSHA_ENRICH_HOME=$WORK/data
SEEN=$LUSHA_ENRICH_HOME
cd "$TOP"
. tests/gui/steps.sh

"$PYTHON" -m sandbox --scenario demo >"$WORK/practice.txt" &
server=$! window= bus= source=
trap 'kill $server $window $bus $source 2>/dev/null' EXIT
until_true 'grep -q "^Key 5" "$WORK/practice.txt"'
export LUSHA_ENRICH_API_URL=$(sed -n "s/.*LUSHA_ENRICH_API_URL=//p" "$WORK/practice.txt")
# more people than all accounts together have under way, so that a stop always leaves some
"$PYTHON" -c "
import sys
from openpyxl import Workbook
book = Workbook()
book.active.append(['LinkedIn URL'])
for number in range(600):
    book.active.append([f'https://www.linkedin.com/in/person-{number}'])
book.save(sys.argv[1])" "$WORK/list.xlsx"
cells "$WORK/list.xlsx" >"$WORK/before.txt"

accessible
"$PYTHON" -m gui 2>"$WORK/gui.txt" &
window=$!
find_window "^LushaEnrich .practice.$"
eyes focus "^Add keys$"

# five keys: Enter on the first step; the cursor is in the box; Tab to the kinds, right twice to Both, Enter adds
xdotool key Return
until_true 'xdotool search --onlyvisible --name "^Add keys$"'
eyes focus "Keys, one a line"
for n in 1 2 3 4 5; do
  xdotool type --delay 4 "Key $n,00000000-0000-4000-8000-00000000000$n,Practice $n"
  [ "$n" = 5 ] || xdotool key Return
done
eyes sees "^5 new"
eyes tab "^Use for"
xdotool key Right Right
eyes focus "^Use for: Both"
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

# another program pauses a key: the window shows it, and that it is back
eyes sees "State: Ready"
"$PYTHON" -m cli keys pause "Key 5" >/dev/null
eyes sees "State: Paused"
"$PYTHON" -m cli keys resume "Key 5" >/dev/null
eyes gone "State: Paused"

# a second start raises the first and ends
"$PYTHON" -m gui || say "second start"

# a file, dropped; all of it, not the first ten only
drag_in "$WORK/list.xlsx"
eyes focus "^Look up the first 10$"
eyes back "^First 10 rows, then ask$"
xdotool key space
eyes tab "^Look up 600 people$"

# stop while answers are held back at the practice server; then they come, and are kept
control gate '{"open": false}' >/dev/null
xdotool key Return
eyes focus "^Stop after this request$"
until_true '[ "$(figure held)" -ge 1 ]'
xdotool key Return
eyes sees "Stopping"
control gate '{"open": true}' >/dev/null
eyes focus "^Look up [0-9]+ more$"
eyes sees "of 600 rows done: [0-9]+ found, 0 failed"
[ "$(store "SELECT state FROM jobs")" = PAUSED ] || say "the job can be gone on with"
some=$(found_in "$WORK/list.xlsx")
left=$(store "SELECT count(*) FROM units WHERE state<>'DONE'")
[ "$some" -ge 1 ] && [ "$left" -ge 1 ] || say "a part is in the file: $some found, $left left"

# go on: the same job, nobody paid for twice
xdotool key Return
eyes focus "^Open file$"
[ "$(store "SELECT group_concat(state) FROM jobs")" = DONE ] || say "one job, done"
[ "$(store "SELECT count(*) FROM units WHERE state<>'DONE'")" = 0 ] || say "everybody has an answer"
[ "$(figure paid_twice)" = 0 ] || say "nobody is paid for twice"
all=$(found_in "$WORK/list.xlsx")
[ "$all" -gt "$some" ] || say "more is found: $all after $some"
eyes sees "^Phone Enrichment Complete: $all found, 0 failed"

# the keys on the dashboard; then undo, and the file is as it was
xdotool key ctrl+1
eyes sees "used up"
xdotool key ctrl+3
eyes back "^Undo$"
xdotool key Return
eyes sees "undone"
cells "$WORK/list.xlsx" >"$WORK/after.txt"
cmp "$WORK/before.txt" "$WORK/after.txt" || say "every cell is as it was"

until_true '! kill -0 $window || { xdotool key alt+F4; sleep 1; ! kill -0 $window; }' # a single key press may get lost
no_traceback "$WORK/gui.txt"
echo "journey done: $some found before the stop, $all in the end"
