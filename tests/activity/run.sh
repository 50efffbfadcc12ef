#!/bin/sh
# Runs the checks, or says what is missing and ends with 77, which CTest shows as skipped.
set -eu
cd "$(dirname "$0")"
: "${BW_BINARY:?path of the bellwether program}"
command -v node >/dev/null || { echo "SKIPPED, no activity was sent: no node (apt-get install nodejs)" >&2; exit 77; }
command -v psql >/dev/null || { echo "SKIPPED, no activity was looked at: no psql (apt-get install postgresql-client)" >&2; exit 77; }
exec node --test activity.test.mjs
