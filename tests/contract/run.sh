#!/bin/sh
# run.sh [FILE]: runs the contract checks, or those of FILE, or says what is missing and ends with 77, which CTest shows as skipped.
set -eu
cd "$(dirname "$0")"
skip() { echo "SKIPPED, no route was held to its document: $1" >&2; exit 77; }
: "${BW_BINARY:?path of the bellwether program}"
command -v node >/dev/null || skip "no node (apt-get install nodejs npm)"
for part in ajv ajv-formats jose otpauth @seriousme/openapi-schema-validator; do
    [ -d "node_modules/$part" ] || skip "no $part (cd tests/contract && npm ci)"
done
exec node --test "${1:-contract.test.mjs}"
