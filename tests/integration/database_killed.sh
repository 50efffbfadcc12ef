#!/bin/bash
# The database is killed: submissions are received all the same, the database is started again, and they are recorded.
# (environment: BW_BINARY)
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
. "$root/tests/integration/student.sh"
trap 'remove_installation no' EXIT

start_installation
fill_installation ''
await "signed in" sign_in
postmaster=$(sed -n 1p "$dir/data/pg/data/postmaster.pid")
kill -STOP "$up_pid" # so that nobody starts it again before we have looked
kill -KILL "$postmaster"
database_gone() { ! psql -X -At -h "$dir/data/pg/sock" -U bw -d bellwether -c 'select 1' >/dev/null 2>&1; }
await "the database is gone" database_gone
for key in a b c; do check "submission $key without a database" 202 "$(submit "$key")"; done
check "what is not recorded is known all the same" '"state":"received"' \
    "$(curl -s "$host/v1/submissions/$(submit a | grep -o 'sub_[0-9a-f]*' | sed -n 1p)" -H "Authorization: Bearer $token")"
kill -CONT "$up_pid"
await "all are recorded once the database is back" recorded_are 3
