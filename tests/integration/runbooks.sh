#!/bin/bash
# docs/runbooks.md, walked through as it stands there, on the real program. Disk full needs root (it mounts a small file
# system) and is skipped, loudly, without. (environment: BW_BINARY)
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
. "$root/tests/integration/student.sh"
clean_up() {
    stop_up
    if [[ -n $dir ]] && mountpoint -q "$dir/data/journal"; then umount -l "$dir/data/journal"; fi
    remove_installation no
}
trap clean_up EXIT

restart() {
    stop_up
    start_again
}
start_again() { # start_again [OPTIONS]: the same installation, on another port
    stand_again "$@"
    await "signed in" sign_in
}
stand_again() {
    port=$(free_port)
    "$bellwether" up --data "$dir/data" --listen "127.0.0.1:$port" --admin-listen 127.0.0.1:0 --no-demo --no-replica --no-reports "$@" </dev/null >>"$dir/log/up.log" 2>&1 &
    up_pid=$!
    await "the server stands" answers
}
answers() { [[ $(status_of localhost /livez </dev/null) == 200 ]]; }
receipt_of() { submit "$1" | sed '$d' >"$dir/$1.json"; }
holds() { "$bellwether" receipt verify "$1" --keys "$dir/keys.json"; }
readiness() { curl -s "http://$(<"$dir/data/run/admin-address")/readyz"; }
sql() { psql -X -At -h "$dir/data/pg/sock" -U bw -d bellwether -c "$1"; }
ready() { [[ $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/readyz") == "$1" ]]; }

say "== the disk is full"
if ((EUID == 0)); then
    make_directory
    mkdir -p "$dir/data/journal"
    mount -t tmpfs -o size=300m tmpfs "$dir/data/journal"
    start_installation --submission-kib-per-minute 1000000 # one person fills it all here
    fill_installation ''
    await "signed in" sign_in
    printf '{"assignment_id":"%s","text":"%s"}' "$assignment" "$(head -c 250000 /dev/zero | tr '\0' x)" >"$dir/large.json"
    dd if=/dev/zero of="$dir/data/journal/filler" bs=1M status=none 2>/dev/null || true
    accepted=0
    refused() {
        local answer
        for _ in {1..50}; do
            answer=$(curl -s -w '%{http_code}' "$host/v1/submissions" -H "Authorization: Bearer $token" -H "Idempotency-Key: full-$accepted" \
                -H 'Content-Type: application/json' --data-binary @"$dir/large.json")
            if [[ $answer == *202 ]]; then accepted=$((accepted + 1)); else break; fi
        done
        [[ $answer == *storage_full*503 ]]
    }
    await "submissions are refused before acceptance" refused
    await "/readyz says so" ready 503
    check "and why" '"full":true' "$(curl -s "http://$(<"$dir/data/run/admin-address")/readyz")"
    rm "$dir/data/journal/filler"
    await "with room it goes on by itself" ready 200
    check "a submission" 202 "$(submit after-the-full-disk)"
    await "all that was accepted is recorded" recorded_are $((accepted + 1))
    clean_up
else
    say "SKIPPED: the full disk needs root"
fi

say "== a corrupt segment"
start_installation
fill_installation ''
await "signed in" sign_in
curl -s "http://localhost:$port/.well-known/receipt-keys.json" >"$dir/keys.json"
for i in 1 2 3 4 5 6; do receipt_of "essay-$i"; done
await "recorded" recorded_are 6
stop_up
segment=$(find "$dir/data/journal" -name '*-00000000000000000001.seg')
printf '!' | dd of="$segment" bs=1 seek=2450 conv=notrunc status=none
refusal=$("$bellwether" up --data "$dir/data" --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --no-demo --no-replica --no-reports 2>&1) &&
    die "it started with a corrupt segment"
grep -q 'corrupt: a frame of group' <<<"$refusal" || die "the log does not name the damage: $refusal"
say "  ok: the server does not start, and names the damage"
check "inspect names it too" "corrupt: a frame of group" "$("$bellwether" journal inspect --data "$dir/data" 2>&1)"
cp -a "$dir/data/journal" "$dir/data/journal.damaged"
"$bellwether" journal salvage --journal "$dir/data/journal.damaged" --out "$dir/salvaged.jsonl" 2>"$dir/said" || die "salvage: $(<"$dir/said")"
check "what is whole is taken out" "5 records" "$(<"$dir/said")"
rm -r "$dir/data/journal"
check "into a new journal" "5 records are in the journal" "$("$bellwether" journal import --data "$dir/data" "$dir/salvaged.jsonl")"
start_again
behind_nothing() { [[ $(curl -s "http://$(<"$dir/data/run/admin-address")/readyz") == *'"behind":0'* ]]; }
await "all recorded again" behind_nothing
check "and nothing twice" 6 "$(psql -X -At -h "$dir/data/pg/sock" -U bw -d bellwether -c 'select count(*) from submissions')"
epoch=$(basename "$segment")
epoch=${epoch:0:16}
check "how far the old epoch was recorded" 6 "$(sql "select seq from control.recorder_cursors where epoch = ('x' || '$epoch')::bit(64)::bigint")"
check "a receipt names its epoch" "\"epoch\":\"$epoch\"" "$(<"$dir/essay-3.json")"
for i in 1 2 3 4 5 6; do check "receipt $i of the old epoch" "The receipt holds" "$(holds "$dir/essay-$i.json")"; done

say "== the primary was restored from a backup"
stop_up
cp -a "$dir/data/pg" "$dir/backup"
start_again
for i in 7 8 9; do receipt_of "essay-$i"; done
await "recorded" recorded_are 9
stop_up
rm -r "$dir/data/pg"
mv "$dir/backup" "$dir/data/pg"
start_again
await "what the backup lacked is recorded from the journal" recorded_are 9
await "nothing is left" behind_nothing

say "== an intake node is lost, with its disk"
stop_up
rm -r "$dir/data/journal" "$dir/data/tree"
start_again
check "a retry with its key" 202 "$(submit essay-9)"
await "is recorded once" recorded_are 9
check "its first receipt" "The receipt holds" "$(holds "$dir/essay-9.json")"

say "== a record is set aside"
set_aside_are() { [[ $(readiness) == *"\"set_aside\":$1"* ]]; }
sql "alter table submissions add constraint poison check (content <> 'text of essay-10')" >/dev/null
receipt_of essay-10
await "it is alarmed" set_aside_are 1
restart
await "after a restart too" set_aside_are 1
IFS='|' read -r epoch seq sqlstate <<<"$(sql "select lpad(to_hex(epoch), 16, '0'), seq, sqlstate from control.recorder_set_aside")"
check "with its reason" 23514 "$sqlstate"
sql "alter table submissions drop constraint poison" >/dev/null
"$bellwether" journal export --data "$dir/data" --from "$seq" --to "$seq" --out "$dir/one.jsonl" 2>"$dir/said" || die "export: $(<"$dir/said")"
check "taken out beside the server" "1 records" "$(<"$dir/said")"
check "the row goes" "DELETE 1" "$(sql "delete from control.recorder_set_aside where seq = $seq and epoch = ('x' || '$epoch')::bit(64)::bigint")"
stop_up
check "into the journal" "1 records are in the journal" "$("$bellwether" journal import --data "$dir/data" "$dir/one.jsonl")"
start_again
await "recorded" recorded_are 10
check "when it was received" "$(sed -n 's/.*"received_at":"\([^"]*\)".*/\1/p' "$dir/essay-10.json" | head -n 1)" \
    "$(curl -s "$host/v1/assignments/$assignment/submissions" -H "Authorization: Bearer $token")"
await "the alarm ends" set_aside_are 0
check "its first receipt" "The receipt holds" "$(holds "$dir/essay-10.json")"

say "== signing keys are rotated, and one has leaked"
keys() { "$bellwether" keys "$@" --data "$dir/data"; }
me() { curl -s -o /dev/null -w '%{http_code}' "$host/v1/me" -H "Authorization: Bearer $1"; }
session() { curl -s "$host/v1/sessions" -H 'Content-Type: application/json' -d '{"username":"ada","password":"bell-at-nine"}'; }
refreshed() { curl -s "$host/v1/sessions/refresh" -H 'Content-Type: application/json' -d "{\"refresh_token\":\"$1\"}" | sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p'; }
await "signed in" sign_in
check "the next is announced" " announced " "$(keys rotate)"
check "what is signed already stays good" 200 "$(me "$token")"
refresh=$(session | sed -n 's/.*"refresh_token":"\([^"]*\)".*/\1/p')
leaked=$(keys list | awk '$3 == "signing" {print $1}')
check "revoked" "revoked" "$(keys revoke "$leaked" | grep "^$leaked ")"
refused() { [[ $(me "$token") == 401 ]]; }
await "its tokens are refused" refused
token=$(refreshed "$refresh")
check "a refresh brings the session back" 200 "$(me "$token")"
rm "$dir/data/secrets/master.key"
check "all are revoked but the one that signs now" 1 "$(keys revoke --all | grep -vc ', revoked ')"
await "whatever they signed is refused" refused
restart
check "after a restart a token counts" 200 "$(me "$token")"

say "== jobs are not done"
jobs() { "$bellwether" jobs "$1" --data "$dir/data" "${@:2}"; }
# As if three jobs of a kind had failed for good, and one more waited for a worker that knows its kind.
sql "set bw.tenant = '$(sql "select tenant_id from control.tenants where slug = 'north-hill'")';
     insert into jobs (job_id, kind, state, priority, due_at, attempt, attempts_max, args, envelope, error)
     select gen_random_uuid(), 'test.runbook', s::job_state, 2, now() - interval '1 minute', 10, 10, '{}', '', 'unavailable: the part is away'
     from unnest(array['discarded', 'discarded', 'discarded', 'available']) s" >/dev/null
check "the backlog" "test.runbook" "$(jobs backlog)"
check "the dead letters, by reason" "3  test.runbook" "$(jobs dead-letters)"
dead=$(jobs list --tenant north-hill --state discarded | head -n 1 | cut -d' ' -f1)
check "one of them" "attempt  10 of 10" "$(jobs show --tenant north-hill "$dead")"
jobs pause test.runbook
check "paused" "paused" "$(jobs backlog)"
check "a dry run brings nothing back" "3 would come back" "$(jobs redrive --tenant north-hill --kind test.runbook --dry-run 2>&1)"
check "so it counts the same" "3  test.runbook" "$(jobs dead-letters)"
jobs cancel --tenant north-hill "$dead" >/dev/null
check "spread over a second" "2 come back over 1 s" "$(jobs redrive --tenant north-hill --kind test.runbook --per-second 1 2>&1)"
check "there are none any more" 0 "$(jobs dead-letters | wc -l)"
jobs resume test.runbook
check "and nobody holds them up" 0 "$(jobs backlog | grep -c paused || true)"
for job in $(jobs list --tenant north-hill | cut -d' ' -f1); do jobs cancel --tenant north-hill "$job" >/dev/null; done
check "all have ended" 4 "$(jobs list --tenant north-hill --state cancelled | grep -c test.runbook)" # an institution has jobs of its own

say "== a person is erased, and a backup that knows nothing of it is restored"
stop_up
start_again --archive "$dir/archive" --archive-seconds 1
check "a submission" 202 "$(submit essay-11)"
await "recorded" recorded_are 11
archived() { compgen -G "$dir/archive/*.archive" >/dev/null && [[ $(curl -s "http://$(<"$dir/data/run/admin-address")/readyz") == *'"archived_seq":4'* ]]; }
await "all archived" archived
check "the archive verifies without a key" "4 records: every checksum and every root hold" "$("$bellwether" journal verify-archive "$dir/archive")"
if grep -q "text of essay" "$dir"/archive/*; then die "the archive shows a text"; fi
stop_up
cp -a "$dir/data/pg" "$dir/backup"
start_again --archive "$dir/archive" --archive-seconds 1
check "erased" "11 submissions are gone" "$("$bellwether" roster erase --data "$dir/data" --tenant north-hill ada)"
check "nothing is left" 0 "$(psql -X -At -h "$dir/data/pg/sock" -U bw -d bellwether -c 'select count(*) from submissions')"
stop_up
rm -r "$dir/data/pg"
mv "$dir/backup" "$dir/data/pg"
stand_again --archive "$dir/archive" --archive-seconds 1
check "erased again at the start" 0 "$(psql -X -At -h "$dir/data/pg/sock" -U bw -d bellwether -c 'select count(*) from submissions')"
check "nobody signs in with the password that the backup brought back" 401 "$(curl -s -o /dev/null -w '%{http_code}' \
    "http://north-hill.localhost:$port/v1/sessions" --resolve "north-hill.localhost:$port:127.0.0.1" -H 'Content-Type: application/json' \
    -d '{"username":"ada","password":"bell-at-nine"}')"
check "for it is gone" 0 "$(psql -X -At -h "$dir/data/pg/sock" -U bw -d bellwether -c \
    "select count(*) from credentials c join users u using (tenant_id, user_id) join control.tenants t using (tenant_id) where u.username = 'ada' and t.slug = 'north-hill'")"
check "and the log says so" '"event":"erased_again"' "$(grep erased_again "$dir/log/up.log")"
check "the archive verifies as before" "4 records" "$("$bellwether" journal verify-archive "$dir/archive")"

say "== reports are stale"
installation_reports=yes
remove_installation no
start_installation
fill_installation ''
await "signed in" sign_in
reports() { curl -s --max-time 5 "http://$(<"$dir/data/run/report/admin-address")/readyz" | jq -c .reports; }
are() { [[ $(reports) == *"\"state\":\"$1\""* ]]; }
fresh() { [[ $(reports | jq '.lag_seconds != null and .lag_seconds < 2') == true ]]; }
anew() { [[ $(reports | jq .snapshots) == "$1" ]]; }
report_pid() { cat "$dir/data/run/report/serve.pid"; }
await "they follow" fresh
kill -9 "$(report_pid)"
await "the log says that their process ended" grep -q report_process_ended "$dir/log/up.log"
await "and it is started again" fresh
kill -STOP "$(report_pid)"
check "one that hangs does not answer" "" "$(reports || true)"
kill -9 "$(report_pid)"
await "and is ended and started again" fresh
kill -STOP "$(report_pid)"
slot=$(sql "select slot_name from pg_replication_slots where slot_type = 'logical'")
sql "select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = '$slot'" >/dev/null
dropped() { sql "select pg_drop_replication_slot('$slot')" >/dev/null 2>&1; }
await "the primary keeps no log for them any more" dropped
kill -CONT "$(report_pid)"
await "all is copied anew" anew 1
await "and they follow" fresh
find "$dir/data/reports" -mindepth 1 ! -name slot -delete
kill -9 "$(report_pid)"
await "without its store all is copied anew" anew 1
check "by the same slot" "$slot" "$(sql "select string_agg(slot_name, ' ') from pg_replication_slots where slot_type = 'logical'")"
await "and they follow" fresh
