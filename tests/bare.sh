#!/usr/bin/env bash
# From nothing to nothing: a user made a moment ago, an empty home, no caches. The README's first command, then keys, a list
# enriched on the practice server, the window on a screen, and everything gone again, which is proved:
#   bash tests/bare.sh [PICTURE.png]
# As root the user is a real one and removed at the end; for anybody else it is an empty home and an empty environment.
# How pip and uv reach their packages here (PIP_*, UV_*, proxies, certificates, pip.conf) is handed on and nothing else.
set -euo pipefail

outside() {
  user='' code=0
  top=$(cd "$(dirname "$0")/.." && pwd)
  picture=$(realpath -m "${1:-$top/build/bare.png}")
  work=$(mktemp -d --tmpdir bare-XXXXXX)
  chmod 755 "$work"
  mkdir -p "$work/clone" "$(dirname "$picture")"
  trap 'clean' EXIT
  clean() {
    local pids
    while [ -n "$user" ] && pids=$(ps -o pid= -u "$user"); do # what is left of the new user's programs
      # shellcheck disable=SC2086
      kill -KILL $pids 2>/dev/null || true
      sleep 0.1
    done
    [ -z "$user" ] || userdel "$user"
    rm -rf "$work"
  }
  (cd "$top" && files_of_the_clone | tar --create --null --files-from=- --ignore-failed-read) | tar --extract --directory "$work/clone"
  if [ "$(id -u)" = 0 ]; then
    mkdir "$work/skel"
    useradd --home-dir "$work/home" --create-home --skel "$work/skel" --shell /bin/bash "lusha-$$"
    user=lusha-$$
  else
    mkdir -m 700 "$work/home"
  fi
  local as=()
  [ -z "$user" ] || as=(runuser -u "$user" --)
  hand_on "$work/home"
  [ -z "$user" ] || chown -R "$user:" "$work"
  (cd "$work/clone" && "${as[@]}" env -i "${passed[@]}" bash tests/gui/desktop.sh bash tests/bare.sh --inside "$work/window.png") || code=$?
  [ ! -f "$work/window.png" ] || cp "$work/window.png" "$picture"
  if [ "$code" = 0 ]; then echo "bare: done; the window as it was seen: $picture"; fi
  exit "$code"
}

# As somebody gets them: what git knows, or without git everything but what was built here.
files_of_the_clone() {
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files -z --cached --others --exclude-standard
  else
    find . \( -name .venv -o -name node_modules -o -path ./build -o -path ./dist -o -name __pycache__ \) -prune -o -type f -print0
  fi
}

# The environment of the new user in `passed`, and its pip and uv settings as files.
hand_on() {
  local home=$1 name file folder path=
  while IFS= read -r -d : folder; do # the new user may not look into everybody's folders
    if "${as[@]}" test -x "$folder"; then path+=${path:+:}$folder; fi
  done <<<"$PATH:"
  passed=(HOME="$home" KEEP="$home" TOP="$(dirname "$home")/clone" PATH="$path" LANG=C.UTF-8 QT_QPA_PLATFORM=xcb USER="${user:-$USER}")
  while IFS= read -r name; do
    passed+=("$name=${!name}")
  done < <(compgen -e | grep -iE '^(PIP|UV)_|^(http|https|no|all)_proxy$|^(SSL_CERT|REQUESTS_CA|CURL_CA)' | grep -vE '_CACHE_DIR$')
  for file in pip/pip.conf uv/uv.toml; do
    [ -r "${XDG_CONFIG_HOME:-$HOME/.config}/$file" ] || continue
    install -D -m 644 "${XDG_CONFIG_HOME:-$HOME/.config}/$file" "$home/.config/$file"
  done
}

say() { printf '%4d s  %s\n' "$SECONDS" "$*"; }
failed() {
  echo "bare: $*" >&2
  exit 1
}
until_true() {
  for _ in $(seq 900); do
    if eval "$1" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  failed "waited in vain for: $1"
}
# Our entries in the key store, asked for without our code.
entries() {
  .venv/bin/python - <<'P'
import secretstorage
bus = secretstorage.dbus_init()
found = [item for box in secretstorage.get_all_collections(bus) for item in box.get_all_items()]
print(sum(item.get_attributes().get("service", "").startswith("LushaEnrich/") for item in found))
P
}
# Whether the window shows something and nothing moves in it any more: two pictures, one second apart, are the same.
settled() {
  import -window "$1" "$2" && [ "$(identify -format %k "$2")" -gt 50 ] || return 1
  local before
  before=$(identify -format '%#' "$2")
  sleep 1
  import -window "$1" "$2" && [ "$(identify -format '%#' "$2")" = "$before" ]
}
# Whether the window has ended; else it is asked to, again and again, for a single key press may get lost.
closed() {
  kill -0 "$window" 2>/dev/null || return 0
  xdotool windowactivate "$1" key alt+F4
  sleep 1
  ! kill -0 "$window" 2>/dev/null
}
told() { .venv/bin/python -c "import json, sys; said = json.load(sys.stdin); print($1)"; }

inside() {
  local picture=$1 lusha=.venv/bin/lusha-enrich data=$HOME/.local/share/LushaEnrich first id
  [ ! -e "$HOME/.cache/pip" ] && [ ! -e "$HOME/.cache/uv" ] && [ ! -e "$data" ] || failed "this home is not empty"

  first=$(awk '/^## Try it/ { here = 1 } here && /^python3 / { print; exit }' README.md)
  say "the README's first command: $first"
  bash -c "$first" >"$HOME/first.txt" 2>"$HOME/first.err" || { cat "$HOME/first.err" >&2; failed "$first"; }
  grep -q 'Phone Enrichment Complete: 24 found, 3 failed' "$HOME/first.txt" || failed "the demo's last words: $(tail -3 "$HOME/first.txt")"
  [ -s "demo-result/prospects (practice).xlsx" ] || failed "the demo made no workbook"
  say "the demo made its workbook"

  "$lusha" practice >"$HOME/practice.txt" &
  server=$!
  window=$server
  trap 'kill $server $window 2>/dev/null || true' EXIT
  until_true 'grep -q "^Key 5" "$HOME/practice.txt"'
  export LUSHA_ENRICH_API_URL
  LUSHA_ENRICH_API_URL=$(sed -n 's/.*LUSHA_ENRICH_API_URL=//p' "$HOME/practice.txt")
  [ "$(grep '^Key' "$HOME/practice.txt" | "$lusha" keys add --for phones --json | told 'len(said["new"])')" = 5 ] || failed "five keys are added"
  [ "$(entries)" = 5 ] || failed "the key store holds five entries"
  say "five keys are in the key store"

  cp examples/prospects.xlsx "$HOME/leads.xlsx"
  "$lusha" enrich "$HOME/leads.xlsx" --phones --yes --json >"$HOME/enriched.json" 2>"$HOME/enriched.err" || true # 1: a row waits
  [ "$(told 'said["message"]' <"$HOME/enriched.json")" = 'Phone Enrichment Complete: 24 found, 3 failed' ] ||
    failed "enrich: $(cat "$HOME/enriched.json" "$HOME/enriched.err")"
  say "the list is enriched"

  "$lusha" gui 2>"$HOME/window.err" &
  window=$!
  until_true 'xdotool search --onlyvisible --name "^LushaEnrich .practice.$"'
  id=$(xdotool search --onlyvisible --name '^LushaEnrich .practice.$' | tail -1)
  until_true 'settled "$id" "$picture"' # the keys come after the frame
  until_true 'closed "$id"'
  wait "$window" || failed "the window ended with $?: $(cat "$HOME/window.err")"
  say "the window was on the screen: $(identify -format '%wx%h, %k colours' "$picture")"

  "$lusha" gui --install-shortcut >/dev/null && "$lusha" gui --remove-shortcut >/dev/null
  [ -z "$(find "$HOME" -name 'lusha-enrich.desktop')" ] || failed "the shortcut is gone"
  "$lusha" wipe --yes --json >"$HOME/wiped.json" || failed "wipe: $(cat "$HOME/wiped.json")"
  [ "$(told 'said["clean"]' <"$HOME/wiped.json")" = True ] || failed "wipe: $(cat "$HOME/wiped.json")"
  [ "$(entries)" = 0 ] || failed "$(entries) entries are left in the key store"
  [ ! -e "$data" ] || failed "the data folder is still there: $(find "$data")"
  rm "$HOME/practice.txt"
  if grep -rlF 00000000-0000-4000-8000-0000000000 "$HOME"; then failed "a key stands in a file"; fi
  say "everything is gone: key store, data folder, no key in any file of this home"
}

if [ "${1:-}" = --inside ]; then inside "$2"; else outside "$@"; fi
