#!/bin/sh
# Runs the checks, or says what is missing and ends with 77, which CTest shows as skipped.
set -eu
cd "$(dirname "$0")"
: "${BW_BINARY:?path of the bellwether program}"
command -v node >/dev/null || { echo "SKIPPED, no event stream was watched: no node (apt-get install nodejs)" >&2; exit 77; }
exec node --test events.test.mjs
