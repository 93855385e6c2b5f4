#!/usr/bin/env bash
# A newcomer with an empty home and the keyboard only: the practice list in two strokes, the first ten rows, then the rest;
# a key is used up and another takes over; the dashboard says so; undo. Nothing is set up beforehand.
set -eu
export LUSHA_ENRICH_HOME=$WORK/data
unset LUSHA_ENRICH_API_URL
SEEN=$LUSHA_ENRICH_HOME/practice
cd "$TOP"
. tests/gui/steps.sh
list="$SEEN/prospects (practice).xlsx"
cells examples/prospects.xlsx >"$WORK/before.txt"

window= bus=
trap 'kill $window $bus 2>/dev/null' EXIT
accessible
"$PYTHON" -m gui 2>"$WORK/gui.txt" &
window=$!
find_window "^LushaEnrich$"
eyes sees "^Welcome"
eyes focus "^Add keys$"

# the practice list: Tab and Enter
xdotool key Tab
eyes focus "^Open practice list$"
xdotool key Return
find_window "^LushaEnrich .practice.$"
eyes focus "^Look up the first 10$"
[ "$(store "SELECT count(*) FROM keys")" = 5 ] || say "the practice keys are in"

# Enter for the first ten, Enter for the others
xdotool key Return
eyes focus "^Look up 22 more$"
eyes sees "of 36 rows done"
xdotool key Return
eyes focus "^Open file$"
[ "$(store "SELECT group_concat(state) FROM jobs")" = DONE ] || say "one job, done"
eyes sees "^Phone Enrichment Complete: 24 found, 3 failed"
[ "$(found_in "$list")" -gt 10 ] || say "what was found is in the file"

# a key was used up and another took over: the steps say which
eyes tab "^View: Rows$"
xdotool key Left
eyes sees "EXHAUSTED.*Switching to next key"
until_true '[ "$(store "SELECT count(*) FROM keys WHERE status=\"EXHAUSTED\"")" -ge 1 ]'
xdotool key ctrl+1
eyes sees "used up"
eyes sees "^Practice 1"
xdotool key ctrl+2
eyes sees "State: Used up"

# undo: the list is as it came
xdotool key ctrl+3
eyes tab "^Undo$"
xdotool key Return
eyes sees "undone"
cells "$list" >"$WORK/after.txt"
cmp "$WORK/before.txt" "$WORK/after.txt" || say "every cell is as it was"

server=$(pgrep -P "$window" -f "sandbox --scenario") || say "the practice server is a process of the window"
until_true '! kill -0 $window || { xdotool key alt+F4; sleep 1; ! kill -0 $window; }' # a single key press may get lost
until_true '! kill -0 $server'
no_traceback "$WORK/gui.txt"
echo "newcomer done"
