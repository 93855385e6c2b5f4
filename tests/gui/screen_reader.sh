#!/usr/bin/env bash
# What a screen reader sees of every page: the AT-SPI tree; the exit status is the number of nameless focusable nodes.
set -eu
export LUSHA_ENRICH_HOME=$WORK/data LUSHA_ENRICH_API_URL=http://127.0.0.1:9
cd "$TOP"
/usr/libexec/at-spi-bus-launcher --launch-immediately >/dev/null 2>&1 &
bus=$!
printf '%s\n' "One,00000000-0000-4000-8000-000000000001,Practice" "Two,00000000-0000-4000-8000-000000000002,Practice" |
  "$PYTHON" -m cli keys add --for phones >/dev/null
QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1 "$PYTHON" -m gui >/dev/null 2>&1 &
window=$!
trap 'kill $window $bus 2>/dev/null' EXIT
for _ in $(seq 200); do xdotool search --onlyvisible --name "^LushaEnrich .practice.$" >/dev/null 2>&1 && break; sleep 0.1; done
id=$(xdotool search --onlyvisible --name "^LushaEnrich .practice.$" | tail -1)
xdotool windowactivate --sync "$id"
sleep 2
bad=0
for page in 1 2 3 4 5; do
  xdotool key "ctrl+$page"
  sleep 1
  /usr/bin/python3 tests/gui/screen_reader.py || bad=$((bad + 1))
done
exit $bad
