#!/usr/bin/env bash
# What a screen reader sees of every page: the AT-SPI tree; the exit status is the number of pages with nameless nodes.
set -eu
export LUSHA_ENRICH_HOME=$WORK/data LUSHA_ENRICH_API_URL=http://127.0.0.1:9
cd "$TOP"
. tests/gui/steps.sh
printf '%s\n' "One,00000000-0000-4000-8000-000000000001,Practice" "Two,00000000-0000-4000-8000-000000000002,Practice" |
  "$PYTHON" -m cli keys add --for phones >/dev/null
window= bus=
trap 'kill $window $bus 2>/dev/null' EXIT
accessible
"$PYTHON" -m gui >/dev/null 2>&1 &
window=$!
find_window "^LushaEnrich .practice.$"
bad=0 page=0
for seen in "^Results by day" "State: Ready" "^Drop a spreadsheet here" "^List: Key changes" "^Appearance"; do
  page=$((page + 1))
  xdotool key "ctrl+$page"
  eyes sees "$seen"
  /usr/bin/python3 tests/gui/screen_reader.py || bad=$((bad + 1))
done
exit $bad
