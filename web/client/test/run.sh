#!/bin/sh
# Builds the client library, unless BW_WEB_BUILT says that it was built, and runs its tests, or says what is missing and ends with 77, which CTest shows as skipped.
set -eu
cd "$(dirname "$0")/.."
command -v node >/dev/null || { echo "SKIPPED, the client library was not tested: no node (apt-get install nodejs npm)" >&2; exit 77; }
[ -d node_modules/typescript ] || { echo "SKIPPED, the client library was not tested: no typescript (cd web/client && npm ci)" >&2; exit 77; }
[ -n "${BW_WEB_BUILT:-}" ] || npm run --silent build
node_modules/.bin/tsc -p tsconfig.test.json
exec node --test test/*.test.mjs
