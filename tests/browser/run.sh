#!/bin/sh
# run.sh [FILE.test.mjs]: runs the browser checks (of the plain page, unless said), or says what is missing and ends with 77, which CTest shows as skipped.
set -eu
cd "$(dirname "$0")"
skip() { echo "SKIPPED, nothing was checked in a browser: $1" >&2; exit 77; }
: "${BW_BINARY:?path of the bellwether program}"
export BW_CHROMIUM="${BW_CHROMIUM:-/usr/bin/chromium}"
command -v node >/dev/null || skip "no node (apt-get install nodejs npm)"
[ -x "$BW_CHROMIUM" ] || skip "no $BW_CHROMIUM (apt-get install --no-install-recommends chromium fonts-dejavu-core)"
for part in playwright-core axe-core pixelmatch jsqr; do
    [ -d "node_modules/$part" ] || skip "no $part (cd tests/browser && npm ci)"
done
exec node --test "${@:-plain_page.test.mjs}"
