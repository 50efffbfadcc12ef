#!/bin/bash
# `bellwether diagnose` names the wall that is near, and says so when none is: five situations on the real program. What it can do is
# measured with real requests, what is expected follows from a timetable and from due instants. Each look at the forecast comes with a start.
# (environment: BW_BINARY)
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
. "$root/tests/integration/student.sh"
trap 'remove_installation no' EXIT

sql() { psql -X -q -At -v ON_ERROR_STOP=1 -h "$dir/data/pg/sock" -U bw -d bellwether -c "$1"; }
reports=(--no-reports)
stand() { # stand OPTIONS: the same installation, with others
    stop_up
    port=$(free_port)
    "$bellwether" up --data "$dir/data" --listen "127.0.0.1:$port" --admin-listen 127.0.0.1:0 --no-demo --no-replica "${reports[@]}" "$@" </dev/null >>"$dir/log/up.log" 2>&1 &
    up_pid=$!
    await "it stands with $*" forecasts
    host=http://north-hill.localhost:$port
}
metric() { curl -s "http://$(<"$dir/data/run/admin-address")/metrics" | sed -n "s/^$1 //p"; }
forecasts() { [[ $(status_of localhost /readyz </dev/null) == 200 && $(metric bellwether_forecast_stands) == 1 ]]; }
diagnose() { # diagnose [OPTIONS]: $dir/said
    "$bellwether" diagnose --data "$dir/data" "$@" >"$dir/said" || die "diagnose failed: $(<"$dir/said")"
    sed -n '/, headroom /s/^/ /p' "$dir/said"
}
request() { # request PATH [BODY] [KEY]: one more for at_once
    printf 'url = "%s%s"\nsilent\nheader = "Authorization: Bearer %s"\n' "$host" "$1" "$token"
    if (($# > 1)); then printf 'header = "Content-Type: application/json"\ndata = "%s"\n' "${2//\"/\\\"}"; fi
    if (($# > 2)); then printf 'header = "Idempotency-Key: %s"\n' "$3"; fi
    echo next
}
at_once() { # at_once N < requests: so many at a time
    sed '$d' >"$dir/requests"
    curl -Z --parallel-immediate --parallel-max "$1" --config "$dir/requests" >"$dir/answers" 2>>"$dir/log/requests.log"
}

# An institution of 10,000 students in one section, which meets each day at nine in so many rooms at once.
crowd() { # crowd SLUG LESSONS
    "$bellwether" tenant create --data "$dir/data" --slug "$1" --name "$1" --zone Europe/London >>"$dir/log/fill.log" 2>&1
    sql "begin; set local session_replication_role = replica;
        select set_config('bw.tenant', tenant_id::text, true) from control.tenants where slug = '$1';
        insert into orgs (org_id, source, sourced_id, name, type) values (gen_random_uuid(), 's', 'o', 'O', 'school');
        insert into courses (course_id, source, sourced_id, title, org_id) select gen_random_uuid(), 's', 'c', 'C', org_id from orgs where tenant_id = current_setting('bw.tenant')::uuid;
        insert into sections (section_id, source, sourced_id, title, class_type, course_id, school_org_id)
            select gen_random_uuid(), 's', 'x', 'X', 'scheduled', course_id, org_id from courses where tenant_id = current_setting('bw.tenant')::uuid;
        insert into users (user_id, source, sourced_id, username, username_normal, given_name, family_name)
            select gen_random_uuid(), 's', n, 'u' || n, 'u' || n, 'G', 'F' from generate_series(1, 10000) n;
        insert into enrollments (enrollment_id, source, sourced_id, section_id, school_org_id, user_id, role, is_primary)
            select gen_random_uuid(), 's', u.sourced_id, s.section_id, s.school_org_id, u.user_id, 'student', true
            from users u join sections s using (tenant_id) where u.tenant_id = current_setting('bw.tenant')::uuid;
        insert into timetables (version, calendar, changed_at) values (1, jsonb_build_object('zone', 'Europe/London', 'rotation', null,
            'schedules', jsonb_build_array(jsonb_build_object('name', 'full', 'periods', jsonb_build_array(jsonb_build_object('name', 'P1', 'begin', '09:00', 'end', '10:00')))),
            'week', to_jsonb(array_fill('full'::text, array[7])), 'exceptions', '[]'::jsonb, 'terms', jsonb_build_array(jsonb_build_object(
                'name', 'now', 'begins', (now() - interval '30 days')::date::text, 'ends', (now() + interval '30 days')::date::text))), now());
        insert into lessons (lesson_id, section_id, period, days, rotation, room, teacher_id, term)
            select gen_random_uuid(), section_id, 'P1', 0, 0, 'R' || n, null, '' from sections, generate_series(1, $2) n
            where tenant_id = current_setting('bw.tenant')::uuid;
        commit" >>"$dir/log/fill.log"
}

start_installation --auth-threads 1 --api-threads 4
fill_installation ''
await "signed in" sign_in

# What the busiest minute of this week asked for, as if it had been counted: $dir/data/peaks.
busiest_for_reports() { # busiest_for_reports REPORTS
    stop_up
    printf '%s000 %s report\n' "$(((($(date +%s) / 86400 - 4) / 7 * 7 + 4) * 86400))" "$1" >>"$dir/data/peaks"
}
read_reports() { # so many that what one takes is known
    token=$(curl -s "$host/v1/sessions" -H 'Content-Type: application/json' -d '{"username":"grace","password":"bell-at-nine"}' |
        sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
    await "reports are read" has_report
    for n in {10..49}; do request "/v1/reports/late_and_missing?from=20$n-01-01&until=20$n-02-01"; done | at_once 8
}
has_report() { [[ $(curl -s -o /dev/null -w '%{http_code}' "$host/v1/reports/late_and_missing" -H "Authorization: Bearer $token") == 200 ]]; }

say "== none is near"
busiest_for_reports 10
reports=()
stand --auth-threads 1 --api-threads 4
sign_in
for n in {1..150}; do request "/v1/assignments?limit=$((n % 50 + 1))"; done | at_once 4
read_reports
diagnose
check "said" 'No wall is near.' "$(<"$dir/said")"
check "of all four something is known" 0 "$(grep -c unknown "$dir/said" || true)"

say "== reports: more of them in a minute of this week than one thread can run"
busiest_for_reports 1000000
stand --auth-threads 1 --api-threads 4
read_reports
diagnose
check "reports are named first" 'reports: report thread' "$(sed -n 1p "$dir/said")"
check "with what one was seen to take" 'a report took, on average:' "$(grep -v 'not known' "$dir/said")"
check "and what to do" 'a processor of its own' "$(<"$dir/said")"
reports=(--no-reports)

say "== sign-in: one thread for hashes, and three million lessons' seats at nine"
crowd at-nine 300
stand --auth-threads 1 --api-threads 4
for name in $(sql "select username from users u join control.tenants t using (tenant_id) where slug = 'north-hill' and u.status = 'active'" | sed -n 1,110p); do
    request /v1/sessions "{\"username\":\"$name\",\"password\":\"bell-at-nine\"}"
done | at_once 4
diagnose
check "sign-in is named first" 'sign-in: password hashes' "$(sed -n 1p "$dir/said")"
check "with what a turn was seen to take" 'a turn of lane auth took, on average:' "$(grep -v 'not known' "$dir/said")"
check "and what to do" '--auth-threads' "$(<"$dir/said")"

say "== deadline: a recorder that is slow, and two hundred thousand submissions that are due"
sql "begin; set local session_replication_role = replica;
    select set_config('bw.tenant', tenant_id::text, true) from control.tenants where slug = 'at-nine';
    insert into assignments (assignment_id, section_id, title, due_at) select gen_random_uuid(), section_id, 'A' || n, date_trunc('minute', now()) + interval '40 minutes'
        from sections, generate_series(1, 20) n where tenant_id = current_setting('bw.tenant')::uuid;
    delete from lessons where room <> 'R1' and tenant_id = current_setting('bw.tenant')::uuid;
    update timetables set version = version + 1 where tenant_id = current_setting('bw.tenant')::uuid;
    commit;
    create function slow_row() returns trigger language plpgsql as 'begin perform pg_sleep(0.01); return new; end';
    create trigger slow before insert on submissions for each row execute function slow_row()" >>"$dir/log/fill.log"
stand --auth-threads 16 --api-threads 4
sign_in
for n in {1..600}; do
    request /v1/submissions "{\"assignment_id\":\"$assignment\",\"text\":\"$n\"}" "wall-$n"
done | at_once 64
await "they are recorded" recorded_are 600
diagnose
check "the deadline is named first" 'deadline: recorder' "$(sed -n 1p "$dir/said")"
check "with what a submission took" 'a submission takes the recorder' "$(grep -v 'not known' "$dir/said")"
check "and what to do" 'Give PostgreSQL a faster disk' "$(<"$dir/said")"
sql "drop trigger slow on submissions; update assignments set active = false where title like 'A%'"

say "== tenancy: the reads of many institutions, and one thread for them"
for n in {1..6}; do crowd "many-$n" 2; done
sql "update control.tenants set state = 'suspended' where slug = 'at-nine';
    create policy slow on calendar_feeds as restrictive for select to bw_app using (pg_sleep(0.02)::text = '')"
stand --auth-threads 16 --api-threads 1
sign_in
check "a calendar" 201 "$(curl -s -o /dev/null -w '%{http_code}' "$host/v1/calendar-feeds" -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -d '{"name":"n"}')"
for n in {1..120}; do request /v1/calendar-feeds; done | at_once 4
diagnose
check "tenancy is named first" 'tenancy: reads' "$(sed -n 1p "$dir/said")"
check "with what a turn was seen to take" 'a turn of lane api took, on average:' "$(grep -v 'not known' "$dir/said")"
check "and what to do" '--api-threads' "$(<"$dir/said")"
diagnose --json
check "the API says the same" tenancy "$(jq -r .nearest "$dir/said")"
