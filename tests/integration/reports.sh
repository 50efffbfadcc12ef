#!/bin/bash
# Reports as `up` runs them: a process of their own behind the same address. A hand-in is in its teacher's report within seconds, whatever
# dies in between, and whatever becomes of that process, the platform goes on.
# (environment: BW_BINARY)
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
. "$root/tests/integration/student.sh"

tell() { # why it may be that it failed
    if (($1)); then report >&2; fi
}
trap 'tell $?; remove_installation no' EXIT

report_pid() { cat "$dir/data/run/report/serve.pid"; }
reports='' section='' teacher=''
report() { curl -s --max-time 15 -i "$reports/class_progress?section=$section" -H "Authorization: Bearer $teacher"; }
status() { curl -s --max-time 15 -o /dev/null -w '%{http_code}' "$@"; }
shows() { report | grep -q "\"$last_due\",[^]]*,$1,[0-9]*,[0-9]*,[0-9]*,[0-9]*,null\]"; } # so many handed in

installation_reports=yes
start_installation
fill_installation ''
await "ada signs in" sign_in
teacher=$(curl -s "$host/v1/sessions" -H 'Content-Type: application/json' -d '{"username":"grace","password":"bell-at-nine"}' |
    sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
[[ -n $teacher ]] || die "grace does not sign in"
section=$(curl -s "$host/v1/sections" -H "Authorization: Bearer $teacher" | grep -o 'sec_[0-9a-f]*' | sed -n 1p)
reports=$host/v1/reports

check "a student reads none" 403 "$(status "$reports" -H "Authorization: Bearer $token")"
check "nor does a stranger" 401 "$(status "$reports")"
has_lines() { report | grep -q '"asg_'; }
await "grace's class is there after the snapshot" has_lines
last_due=$(report | grep -o 'asg_[0-9a-f]*' | tail -n 1)
assignment=$last_due
await "and nobody has handed in" shows 0
check "with its freshness in the header" "Report-As-Of: 20" "$(report)"
check "the process itself has reports and nothing else" 404 "$(status "http://$(<"$dir/data/run/report/address")/v1/assignments")"

check "ada hands in" 202 "$(submit first | tail -n 1)"
await "her teacher's report shows it" shows 1

operator=$("$bellwether" operator-token create --data "$dir/data" --name ops 2>/dev/null | grep -o 'bwop_[A-Za-z0-9_-]*')
listen_to_forecasts() {
    curl -s --max-time 15 "http://localhost:$port/v1/ops/bell-board" -H "Authorization: Bearer $operator" |
        grep -q '"listeners":\[[^]]*"reports","rewriting of reports","exports"\]'
}
await "operators see that their process acts on forecasts" listen_to_forecasts

say "the report process is killed"
away() { # killed again if another stood before the question came
    kill -9 "$(report_pid)" 2>/dev/null || true
    answer=$(report)
    [[ $(head -n 1 <<<"$answer") == *503* ]]
}
await "reports are away" away
check "for a while" "Retry-After: " "$answer"
await "which is said" grep -q '"event":"report_process_ended"' "$dir/log/up.log"
check "ada hands in again meanwhile" 202 "$(submit second | tail -n 1)"
await "its successor goes on from there" shows 1
check "and a second one is refused the store" "another process has the store open" "$(
    timeout 20 "$bellwether" serve --data "$dir/data" --roles report --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 2>&1 || true)"

say "it hangs"
kill -STOP "$(report_pid)"
check "ada hands in" 202 "$(submit third | tail -n 1)"
check "and reads" 200 "$(status "$host/v1/assignments" -H "Authorization: Bearer $token")"
kill -CONT "$(report_pid)"
await "reports go on" shows 1

say "it cannot start"
stop_up
mv "$dir/data/reports" "$dir/kept"
touch "$dir/data/reports" # where its directory would be
installation_replica=yes
start_installation
host=http://north-hill.localhost:$port reports=$host/v1/reports
await "ada signs in" sign_in
check "and hands in" 202 "$(submit fourth | tail -n 1)"
check "reports are away" 503 "$(status "$reports/class_progress?section=$section" -H "Authorization: Bearer $teacher")"
await "which is said" grep -q 'report_process_ended.*"restart_in_ms":[2-9]' "$dir/log/up.log"
rm "$dir/data/reports"
mv "$dir/kept" "$dir/data/reports"
await "once it can it does" shows 1

say "the replica is away: what it has not is in no report, since it may take over"
assignment=$last_due
audit() { curl -s "$reports/submission_audit?section=$section" -H "Authorization: Bearer $teacher" | grep -o '"sub_' | wc -l; }
before=$(psql -X -At -h "$dir/data/pg/sock" -U bw -d bellwether -c "select count(*) from submissions join assignments using (tenant_id, assignment_id)
    where section_id = '${section#sec_}'")
audited() { (($(audit) == before + $1)); } # so many more
replica_streams() { [[ $(psql -X -At -h "$dir/data/pg/sock" -U bw -d bellwether -c "select active from pg_replication_slots where slot_name = 'bw_replica'") == "$1" ]]; }
await "it follows" replica_streams t
await "reports show what was handed in so far" audited 0
check "ada hands in" 202 "$(submit fifth | tail -n 1)"
await "her teacher's report shows it" audited 1
replica_pid=$(head -n 1 "$dir/data/pg/replica/data/postmaster.pid")
kill -STOP "$replica_pid" # it starts nothing again
kill -9 "$(pgrep -P "$replica_pid" -f 'walreceiver')"
await "it is away" replica_streams f
check "ada hands in" 202 "$(submit sixth | tail -n 1)"
await "which is recorded" recorded_are 6
reports_lag() { (($(curl -s "http://$(<"$dir/data/run/report/admin-address")/readyz" | sed -n 's/.*"lag_seconds":\([0-9]*\).*/\1/p') > 3)); }
await "reports grow old" reports_lag
audited 1 || die "a report shows what a failover would take back"
kill -CONT "$replica_pid"
await "it comes back, and reports show it" audited 2
await "it follows" replica_streams t
check "ada hands in" 202 "$(submit seventh | tail -n 1)"
kill -USR1 "$up_pid"
await "it takes over" grep -q replica_promoted "$dir/log/up.log"
await "reports go on, and wait for no replica" audited 3
last=$(report_pid)
stop_up
if kill -0 "$last" 2>/dev/null; then die "the report process outlives \`up\`"; fi
say "reports: all as it should be"
