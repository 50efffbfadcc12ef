#!/bin/bash
# A server process starts while the database is away: it knows the institutions from the last one's file, says so, and reads
# them anew once the database is back. (environment: BW_BINARY)
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
. "$root/tests/integration/student.sh"
second=''
trap 'if [[ -n $second ]]; then kill -TERM "$second" 2>/dev/null || true; fi; remove_installation no' EXIT

start_installation
fill_installation ''
await "signed in" sign_in
refresh_token=$(curl -s "$host/v1/sessions" -H 'Content-Type: application/json' -d '{"username":"ada","password":"bell-at-nine"}' |
    sed -n 's/.*"refresh_token":"\([^"]*\)".*/\1/p')
postmaster=$(sed -n 1p "$dir/data/pg/data/postmaster.pid")
kill -STOP "$up_pid" # so that nobody starts it again before we have looked
kill -KILL "$postmaster"
database_gone() { ! psql -X -At -h "$dir/data/pg/sock" -U bw -d bellwether -c 'select 1' >/dev/null 2>&1; }
await "the database is gone" database_gone

second_port=$(free_port)
admin_port=$(free_port)
"$bellwether" serve --data "$dir/data" --roles auth,api --listen "127.0.0.1:$second_port" --admin-listen "127.0.0.1:$admin_port" >"$dir/log/second.log" 2>&1 &
second=$!
readiness() { curl -s "http://127.0.0.1:$admin_port/readyz"; }
says() { [[ $(readiness) == *"$1"* ]]; }
await "a second process serves from the file" says '"source":"file"'
check "a token is verified" '"user_id":"usr_' "$(curl -s "http://north-hill.localhost:$second_port/v1/sessions/current" -H "Authorization: Bearer $token")"
renewed=$(curl -s "http://north-hill.localhost:$second_port/v1/sessions/refresh" -H 'Content-Type: application/json' \
    -d "{\"refresh_token\":\"$refresh_token\"}" | sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
check "a session is renewed, and the new token is verified" '"user_id":"usr_' \
    "$(curl -s "http://north-hill.localhost:$second_port/v1/sessions/current" -H "Authorization: Bearer $renewed")"
check "at its own institution alone" '"not_found"' "$(curl -s "http://nobody.localhost:$second_port/v1/sessions/current" -H "Authorization: Bearer $token")"
check "what needs the database says so" '"unavailable"' "$(curl -s "http://north-hill.localhost:$second_port/v1/me" -H "Authorization: Bearer $token")"
kill -CONT "$up_pid"
await "the database is back, and asked" says '"source":"database"'

kill -TERM "$second"
wait "$second" || die "the second process did not end well: $(tail -n 3 "$dir/log/second.log")"
second=''
