# Reports beside students: see `tools/storm --help`. Sourced by tools/storm, whose options, clean-up and headlines it has.

history=200000 activities='' phase=6 report_students=1000 bars=yes

report_usage() {
    cat <<'END'
  report: teachers and administrators read reports while students read and hand in. The same reports in turn as SQL at the primary, as SQL at its
  replica, and from the process of role report, sharing the cores and on one of its own; each phase beside one without reports. At the end a
  table of what each takes from the students, and every receipt is looked for in the reports.

  --rounds N           so many times all ways (default 5)
  --phase S            of each way in each round (default 6; a report every 2 s)
  --history N          so many hand-ins of the months before, with grades (default 200000; 2000000 take two minutes)
  --activities N       instead: a whole school year with N activities, by tools/year (needs rosters; 10000000 take two minutes)
  --students N         how many take part (default 1000, or all there are)
  --no-bars            do not fail if students wait longer than they should: for a machine that does other work meanwhile
  --no-replica         without one, and so not read there
  --demo, --rosters, --seed, --connections, --report, --html, --keep: as below

END
}

report_flag() {
    case $1 in
    --no-bars) bars=no ;;
    --no-replica) replica=no ;;
    *) return 1 ;;
    esac
}
report_option() {
    case $1 in
    --rounds) rounds=$2 ;;
    --phase) phase=${2%s} ;;
    --history) history=$2 ;;
    --activities) activities=$2 ;;
    --students) report_students=$2 ;;
    *) report_value "$@" ;;
    esac
}
report_arguments() {
    rounds=5 replica=yes
    read_options report_flag report_option "$@"
    is_whole "$rounds" || usage_error "--rounds is a whole number"
    is_number "$phase" || usage_error "--phase is a number of seconds"
    [[ $history =~ ^[0-9]+$ ]] || usage_error "--history is a whole number"
    [[ -z $activities ]] || is_whole "$activities" || usage_error "--activities is a whole number"
    is_whole "$report_students" || usage_error "--students is a whole number"
}

# Months of school: in each class as many assignments as it takes, most handed in, seven of ten graded.
make_history() {
    sql_at_primary -q -v ON_ERROR_STOP=1 -v wanted="$history" <<'END'
set synchronous_commit = off;
create temp table pupils as select distinct tenant_id, section_id, user_id from enrollments where role = 'student' and status = 'active';
create temp table weeks as select ceil(:wanted / (0.95 * greatest(1, count(*))))::int as n from pupils;
create temp table tasks as
select c.tenant_id, c.section_id, md5('history ' || c.section_id || ' ' || i)::uuid as assignment_id, i,
       now() - interval '1 day' - (i - 1) * interval '290 days' / (select n from weeks) as due_at
from (select distinct tenant_id, section_id from pupils) c, generate_series(1, (select n from weeks)) i;
insert into assignments (tenant_id, assignment_id, section_id, title, due_at) select tenant_id, assignment_id, section_id, 'Task ' || i, due_at from tasks;
insert into marking (tenant_id, assignment_id, version, anonymous) select tenant_id, assignment_id, 1, false from tasks;
insert into marking_schemes (tenant_id, assignment_id, version, points_max, counts, made_by, made_at)
select tenant_id, assignment_id, 1, 1000, 'latest', assignment_id, due_at from tasks;
create temp table handed as
select t.tenant_id, t.assignment_id, p.user_id, md5(t.assignment_id::text || p.user_id)::uuid as submission_id,
       t.due_at - interval '70 hours' + abs(hashtext(t.assignment_id::text || p.user_id)) % 259200 * interval '1 second' as received_at, t.due_at
from tasks t join pupils p using (tenant_id, section_id) where abs(hashtext(p.user_id::text || t.assignment_id)) % 20 > 0;
insert into submissions (tenant_id, submission_id, assignment_id, user_id, idempotency_key, state, received_at, late, recorded_at, content,
    content_sha256, receipt, journal_epoch, journal_seq)
select tenant_id, submission_id, assignment_id, user_id, '', 'recorded', received_at, received_at >= due_at, received_at, '', '', '', 0, 0
from handed order by received_at;
insert into grades (tenant_id, assignment_id, user_id, number, scheme_version, points, content, submission_id, released_by, released_at)
select tenant_id, assignment_id, user_id, 1, 1, abs(hashtext(submission_id::text)) % 1001, '{}', submission_id, submission_id, due_at + interval '5 days'
from handed where abs(hashtext(submission_id::text)) % 10 < 7;
analyze;
END
}

# The process of role report, beside the installation's server and on its data directory.
reports_pid='' reports_address=''
start_reports() {
    "$bellwether" serve --data "$dir/data" --roles report --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 </dev/null >"$dir/log/reports.log" 2>&1 &
    reports_pid=$!
    step "start the process of role report" "$dir/log/start.log" await_file "$dir/data/run/report/address"
    reports_address=$(<"$dir/data/run/report/address")
}
stop_reports() {
    if [[ -z $reports_pid ]]; then return 0; fi
    kill -TERM "$reports_pid" 2>/dev/null || true
    wait "$reports_pid" 2>/dev/null || true
    reports_pid=''
}

# Sets primary, standby (if there is a replica), as conninfo, and primary_pid, once they answer.
find_servers() {
    local end=$((SECONDS + 120)) socket of
    until [[ -n $primary && ($replica == no || -n $standby) ]]; do
        ((SECONDS < end)) || return 1
        for socket in "$dir"/data/pg/sock "$dir"/data/pg/*/sock; do
            of="host=$socket user=bw dbname=bellwether"
            case $(psql -X -At -d "$of" -c 'select pg_is_in_recovery()') in
            f)
                primary=$of
                primary_pid=$(psql -X -At -d "$of" -c "select split_part(pg_read_file('postmaster.pid'), E'\n', 1)")
                ;;
            t) standby=$of ;;
            esac
        done
        sleep 0.2
    done
}

report() {
    report_arguments "$@"
    if [[ ! -x $bellwether ]]; then "$root/bw" build release bellwether; fi
    local year=${bellwether%/*}/fill_year # built as the program is
    if [[ -n $activities && ! -x $year ]]; then
        year=$root/build/release/bin/fill_year
        "$root/bw" build release fill_year
    fi
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    headline "an installation of its own"
    installation_replica=$replica
    start_installation
    headline "institutions and people"
    fill_installation "$rosters"
    step "give everybody a password" "$dir/log/passwords.log" give_passwords
    step "find or make an administrator everywhere" "$dir/log/administrators.log" make_administrators
    issue_tokens "$report_students" # before the history, whose assignments nobody hands in to
    local primary='' standby='' primary_pid=0
    if [[ $replica == yes ]]; then step "wait until the replica follows" "$dir/log/replica.log" await_replica; fi
    step "wait until the database answers" "$dir/log/replica.log" find_servers
    if [[ -n $activities ]]; then
        step "write a school year with $activities activities" "$dir/log/history.log" "$year" --to "$primary" --activities "$activities"
        step "vacuum, as would have been done by the time that somebody reads" "$dir/log/history.log" sql_at_primary -q -c 'vacuum (analyze)'
    elif ((history > 0)); then
        step "make up $history hand-ins of months before" "$dir/log/history.log" make_history
    fi
    sql_at_primary -q <<'END'
create function us(timestamptz) returns bigint language sql immutable as 'select (extract(epoch from $1) * 1000000)::bigint';
create function few(bigint) returns bigint language sql immutable as 'select case when $1 between 1 and 4 then null else $1 end';
END
    start_reports
    headline "the reports"
    sample_begin
    local arguments=(--plan "$dir/plan.jsonl" --administrators "$dir/administrators" --password bell-at-nine --target "127.0.0.1:$port"
        --reports "$reports_address" --sql "$root/tests/year/plain" --primary "$primary" --replica "$standby" --primary-pid "$primary_pid"
        --samples "$dir/samples" --rounds "$rounds" --phase "${phase}s" --connections "$connections" --seed "$seed"
        --report "${report:-$dir/report.json}")
    if (($(nproc) > 1)); then arguments+=(--apart "$up_pid" "$reports_pid"); fi
    if [[ $bars == no ]]; then arguments+=(--no-bars); fi
    if [[ -n $html ]]; then arguments+=(--html "$html"); fi
    "$bellwether" storm report "${arguments[@]}" "${further[@]}" || storm_rc=$?
    sample_end
    headline "stopping"
    stop_reports
    stop_up
    say "storm: exit code $storm_rc after $(elapsed $((SECONDS - began)))"
    exit "$storm_rc"
}
