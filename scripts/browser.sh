#!/usr/bin/env bash
# Make sure that a Chromium is there for the browser tests; says how to get one where it may not install it.
# Usage: browser.sh PYTHON STAMP: the Python of the environment that holds playwright; a file to make once there is one.
set -u
python=$1
stamp=$2

has_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null && return 0
    done
    "$python" - 2>/dev/null <<'PY'
import os
from playwright.sync_api import sync_playwright
with sync_playwright() as p:
    raise SystemExit(not os.path.exists(p.chromium.executable_path))
PY
}

finish() {
    has_browser && touch "$stamp" && exit 0
}

finish
log=$(mktemp)
trap 'rm -f "$log"' EXIT

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests …"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium fonts-dejavu-core; } \
        >"$log" 2>&1 && finish
    tail -3 "$log"
fi
"$python" -m playwright install chromium >"$log" 2>&1 && finish

echo "No Chromium for the browser tests. Install one: 'apt-get install chromium' as root, 'brew install --cask chromium',"
echo "or '$python -m playwright install --with-deps chromium'."
# Nothing is hidden by this: without a browser the tests say that they were skipped, and in CI they fail.
[ -z "${ICONOSCOPE_REQUIRE_BROWSER:-}" ]
