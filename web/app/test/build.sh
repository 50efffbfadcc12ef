#!/bin/sh
# Builds the client library and the web app, or says what is missing and ends with 77, which CTest shows as skipped.
set -eu
cd "$(dirname "$0")/.."
skip() { echo "SKIPPED, the web app was not built: $1" >&2; exit 77; }
command -v node >/dev/null || skip "no node (apt-get install nodejs npm)"
for part in . ../client; do
    [ -d "$part/node_modules/typescript" ] || skip "no packages (cd web/${part#../} && npm ci)"
done
exec node tools/build.mjs
