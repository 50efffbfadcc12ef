#!/bin/sh
# Holds the web app to its types and its weight, or says what is missing and ends with 77, which CTest shows as skipped.
# It is built before, unless BW_WEB_BUILT says that it was.
set -eu
cd "$(dirname "$0")"
[ -n "${BW_WEB_BUILT:-}" ] || ./build.sh
cd ..
[ -d node_modules/typescript ] || { echo "SKIPPED, the web app was not checked: no packages (cd web/app && npm ci)" >&2; exit 77; }
npm run --silent types
exec node --test test/weight.test.mjs
