#!/bin/sh
# Runs the checks of files, or says what is missing and ends with 77, which CTest shows as skipped.
set -eu
cd "$(dirname "$0")"
skip() { echo "SKIPPED, nobody uploaded a file: $1" >&2; exit 77; }
: "${BW_BINARY:?path of the bellwether program}"
command -v node >/dev/null || skip "no node (apt-get install nodejs npm)"
[ -d node_modules/tus-js-client ] || skip "no tus-js-client (cd tests/files && npm ci)"
node --test files.test.mjs
exec node --test handed_in.test.mjs
