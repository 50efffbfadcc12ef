#!/bin/bash
# Role report as a process of its own: a hand-in is in its teacher's report within seconds, whatever dies in between.
# (environment: BW_BINARY)
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
. "$root/tests/integration/student.sh"

report_pid=''
end_report() { # end_report SIGNAL
    if [[ -n $report_pid ]]; then
        kill "-$1" "$report_pid" 2>/dev/null || true
        wait "$report_pid" 2>/dev/null || true
        report_pid=''
    fi
}
tell() { # why it may be that it failed
    if (($1)); then
        tail -n 10 "$dir/log/report.log" >&2
        report >&2
    fi
}
trap 'tell $?; end_report KILL; remove_installation no' EXIT

start_report() {
    "$bellwether" serve --data "$dir/report" --roles report --listen "127.0.0.1:$report_port" --admin-listen 127.0.0.1:0 \
        --api-threads 1 </dev/null >>"$dir/log/report.log" 2>&1 &
    report_pid=$!
    await "role report listens" listening
}
listening() { [[ $(port=$report_port status_of localhost /livez </dev/null) == 200 ]]; }

start_installation
fill_installation ''
report_port=$(free_port)
# All but what lets an operator provision: the report process reads the change stream.
mkdir -p "$dir/report/secrets"
for secret in "$dir/data/secrets/"*; do
    [[ $secret == */bw_operator.* ]] || ln -s "$secret" "$dir/report/secrets/"
done
report() { curl -s --max-time 10 -i "$reports/class_progress?section=$section" -H "Authorization: Bearer $teacher"; }
reports='' section='' teacher=''
start_report

await "ada signs in" sign_in
teacher=$(curl -s "$host/v1/sessions" -H 'Content-Type: application/json' -d '{"username":"grace","password":"bell-at-nine"}' |
    sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
[[ -n $teacher ]] || die "grace does not sign in"
section=$(curl -s "$host/v1/sections" -H "Authorization: Bearer $teacher" | grep -o 'sec_[0-9a-f]*' | sed -n 1p)
reports=http://north-hill.localhost:$report_port/v1/reports
shows() { report | grep -q "\"$assignment\",[^]]*,$1,[0-9]*,[0-9]*,[0-9]*,[0-9]*,null\]"; } # so many handed in

check "the process serves reports and nothing else" 404 "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$report_port/v1/assignments")"
check "a student reads none" 403 "$(curl -s -o /dev/null -w '%{http_code}' "$reports" -H "Authorization: Bearer $token")"
has_lines() { report | grep -q '"asg_'; }
await "grace's class is there after the snapshot" has_lines
assignment=$(report | grep -o 'asg_[0-9a-f]*' | tail -n 1) # the last to be due
await "and nobody has handed in" shows 0
check "with its freshness in the header" "Report-As-Of: 20" "$(report)"

check "ada hands in" 202 "$(submit first | tail -n 1)"
await "her teacher's report shows it" shows 1

say "the report process is killed"
end_report KILL
check "ada hands in again meanwhile" 202 "$(submit second | tail -n 1)"
start_report
await "its successor goes on from there" shows 1
check "and a second one is refused the store" "another process has the store open" "$(
    timeout 20 "$bellwether" serve --data "$dir/report" --roles report --listen "127.0.0.1:$(free_port)" --admin-listen 127.0.0.1:0 2>&1 || true)"
end_report TERM
say "reports: all as it should be"
