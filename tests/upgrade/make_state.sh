#!/usr/bin/env bash
# Makes state-81bc363.tar.xz, in a clone with its history: two sessions as commit 81bc363 wrote them, with three positions, their
# protections, an armed token and the latch of a cancel-all. Its day is of the tests' sessions (tests/support/sessions.py).
set -e -o pipefail
here="$(cd "$(dirname "$0")" && pwd)"
checkout="$here/../.."
python="$checkout/.venv/bin/python"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/old"
git -C "$checkout" archive 81bc363 | tar x -C "$scratch/old"
export HOME="$scratch" AVWAP_STATE_DIR="$scratch/state" BROKER=simulated AVWAP_ENV_FILE=/dev/null ENTRY_TRIGGER=touch
(cd "$checkout" && PYTHONPATH=tests:. "$python" -c "
from pathlib import Path
from support.sessions import lay_sessions
lay_sessions(Path('$AVWAP_STATE_DIR'), '2082-11-02')")
cd "$scratch/old"

execution() { "$python" -m execution "$@"; }
import_list() {
  printf '%s\n' Symbol,Entry_Level,Stop_Loss,Target_R2 "$@" > "$scratch/list.csv"
  execution watchlist import "$scratch/list.csv" --session today
}

execution init
execution sim clock 2082-11-06T10:30
execution sim price AAPL 101.20
execution sim price MSFT 50.00
execution sim price KO 20.00
import_list AAPL,101.00,97.90,108.10
execution run
account="$("$python" -c "import json; print(json.load(open('$AVWAP_STATE_DIR/state.json'))['account'])")"
execution arm --confirm "$account" --sessions 2 --override "written down for a test"
LIVE_CONFIRM_TOKEN="$(cat "$AVWAP_STATE_DIR/live_confirm_token.txt")"
export LIVE_TRADING=1 LIVE_CONFIRM_TOKEN
execution run
execution run
execution sim clock 2082-11-09T10:30
execution sim price AAPL 101.40
execution sim price MSFT 50.00
execution sim price KO 20.00
import_list MSFT,50.00,48.00,54.00 KO,20.00,19.50,21.00
execution run
execution run
execution cancel-all --confirm "$account" || true
for _ in 1 2 3 4; do execution run; done
execution status
tar cJf "$here/state-81bc363.tar.xz" --owner=0 --group=0 -C "$scratch" state
