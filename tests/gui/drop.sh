#!/usr/bin/env bash
# A real drag from another process onto the window: the place lights up, the file is read there. Two pictures to look at.
set -eu
export LUSHA_ENRICH_HOME=$WORK/data LUSHA_ENRICH_API_URL=http://127.0.0.1:9 PICTURES=1
cd "$TOP"
. tests/gui/steps.sh
cp examples/prospects.xlsx "$WORK/list.xlsx"
window= bus= source=
trap 'kill $window $bus $source 2>/dev/null' EXIT
accessible
"$PYTHON" -m gui >/dev/null 2>&1 &
window=$!
find_window "^LushaEnrich .practice.$"
eyes sees "^Welcome"
drag_in "$WORK/list.xlsx"
eyes sees "36 rows: what will happen"
import -window "$id" "$WORK/dropped.png"
cat "$WORK/drag.txt"
