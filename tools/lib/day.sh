# A school day in little, with hints and without: see `tools/storm --help`. Sourced by tools/storm, whose options, clean-up and headlines it has.

hints=both rounds=2 bells=4 lesson_minutes=1 reports='' replica=no with_reports=yes with_live=yes statements='' samplers=()

day_usage() {
    cat <<'END'
  day: a school day in little. Each institution gets a timetable whose bells are minutes apart; everybody comes to each of them, most by refresh token,
  reads the first page and goes on reading; at the last bell everybody hands in. With hints on and off in turn, on servers started anew, with the same
  people, the same seed and the same data; one table at the end says what hints buy.

  --people N           how many (default 2000, or all there are)
  --hints on|off|both  (default both)
  --rounds N           so many days with each (default 2)
  --bells N            (default 4)
  --lesson-minutes N   from bell to bell (default 1)
  --over S             arrivals at each bell (default 20)
  --hash-threads N     threads of the hash lane (default 1)
  --statements N       a second, to prepare first pages (default: enough for all in the time there is)
  --replica            with a replica
  --no-reports         teachers read no reports meanwhile
  --no-live            no lesson is a live class
  --reports DIR        keep each day's report there, as JSON and for people
  --connections N      of the load generator (default 2048)
  --demo, --rosters, --seed, --keep: as below

  A day takes about bells times lesson-minutes and three minutes more. With many institutions their timetables take longer than the minute
  before the first bell: `-- --lead 180s`.

END
}

day_flag() {
    case $1 in
    --replica) replica=yes ;;
    --no-reports) with_reports=no ;;
    --no-live) with_live=no ;;
    *) return 1 ;;
    esac
}
day_value() {
    case $1 in
    --people) people=$2 ;;
    --hints) hints=$2 ;;
    --rounds) rounds=$2 ;;
    --bells) bells=$2 ;;
    --lesson-minutes) lesson_minutes=$2 ;;
    --over) over=${2%s} ;;
    --hash-threads) hash_threads=$2 ;;
    --statements) statements=$2 ;;
    --reports) reports=$(realpath -m -- "$2") ;;
    *) return 1 ;;
    esac
}
day_arguments() {
    people=2000 over=20 connections=2048
    read_options day_flag day_value "$@"
    local whole
    for whole in people rounds bells lesson_minutes hash_threads; do
        is_whole "${!whole}" || usage_error "--${whole//_/-} is a whole number"
    done
    is_number "$over" || usage_error "--over is a number of seconds"
    [[ $hints =~ ^(on|off|both)$ ]] || usage_error "--hints is on, off or both"
}

# Once a second: what the database has done, and what the forecast has counted.
sample_begin() {
    local socket standby what counted
    : >"$dir/samples"
    counted="union all select 'jobs_running', count(*) from jobs where state = 'running'
        union all select unnest(array['counted_password', 'counted_refresh', 'counted_page_read', 'counted_submission']),
            unnest(array[coalesce(sum(password), 0), coalesce(sum(refresh), 0), coalesce(sum(page_read), 0), coalesce(sum(submission), 0)]) from load_minutes"
    for socket in "$dir"/data/pg/sock "$dir"/data/pg/*/sock; do
        standby=$(psql -X -At -h "$socket" -U bw -d bellwether -c 'select pg_is_in_recovery()' 2>/dev/null) || continue
        if [[ $standby == t ]]; then what=replica; else what=primary; fi
        (
            trap - EXIT INT TERM
            exec stdbuf -oL psql -X -q -At -h "$socket" -U bw -d bellwether
        ) >>"$dir/samples" 2>>"$dir/log/samples.log" <<END &
select (extract(epoch from clock_timestamp()) * 1000)::bigint || ' ' || name || ' ' || value
from (select '${what}_transactions' as name, xact_commit + xact_rollback as value from pg_stat_database where datname = 'bellwether'
    $(if [[ $what == primary ]]; then echo "$counted"; fi)) as now \watch 1
END
        samplers+=("$!")
    done
    sleep 1.5 # the first sample is of before
}
sample_end() {
    local pid
    for pid in "${samplers[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    samplers=()
}

one_day() { # one_day on|off NUMBER
    local lesson=$((lesson_minutes * 60)) name=day-$1-$2 lead options
    lead=$((lesson * 3 / 4))
    local reading=()
    if [[ $with_reports == yes ]]; then reading=(--with-reports); fi
    if [[ $with_live == yes ]]; then reading+=(--live); fi
    headline "day $2 with hints $1"
    BW_ALLOW_STORM_TOKENS=yes step "choose $people people" "$dir/log/people.log" "$bellwether" storm-people --data "$dir/data" \
        --people "$people" --refresh-share 1 --out "$dir/people.jsonl" --base-host localhost
    stop_up
    # Tokens live as long beside their lessons as those of an hour do beside lessons of 45 minutes.
    options=(--hints "$1" --auth-threads "$hash_threads" --access-token-seconds $((lesson * 4 / 3)) --bell-packs-lead-seconds "$lead"
        --roles auth,api,intake,operator,worker,live --bell-packs-statements "${statements:-$((500 + students * 15 / lead))}" --bell-packs-mib 512 --bell-packs-tenant-mib 512)
    start_installation "${options[@]}"
    if [[ $replica == yes ]]; then step "wait until the replica follows" "$dir/log/people.log" await_replica; fi
    sample_begin
    "$bellwether" storm day --plan "$dir/people.jsonl" --seats "$dir/plan.jsonl" --administrators "$dir/administrators" --target "127.0.0.1:$port" \
        --admin "$(<"$dir/data/run/admin-address")" --samples "$dir/samples" --password bell-at-nine --label "hints $1" --bells "$bells" \
        --lesson-minutes "$lesson_minutes" --over "${over}s" --seed "$seed" --connections "$connections" --store "$dir/data/storm-reports" \
        --report "$reports/$name.json" --html "$reports/$name.html" "${reading[@]}" "${further[@]}" || storm_rc=1
    sample_end
    if [[ -s $reports/$name.json ]]; then day_reports+=("$reports/$name.json"); else storm_rc=1; fi
}

day() {
    day_arguments "$@"
    if [[ ! -x $bellwether ]]; then "$root/bw" build release bellwether; fi
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    headline "an installation of its own"
    installation_replica=$replica installation_reports=$with_reports
    start_installation
    headline "institutions and people"
    fill_installation "$rosters"
    step "give everybody a password" "$dir/log/passwords.log" give_passwords
    step "find or make an administrator everywhere" "$dir/log/administrators.log" make_administrators
    issue_tokens 1000000
    students=$(grep -c '"kind":"student"' "$dir/plan.jsonl") # pages are prepared of all, whoever comes
    reports=${reports:-$dir/reports}
    mkdir -p "$reports"
    local round one turns
    day_reports=()
    for ((round = 1; round <= rounds; ++round)); do
        case $hints in
        both) if ((round % 2)); then turns=(on off); else turns=(off on); fi ;;
        *) turns=("$hints") ;;
        esac
        for one in "${turns[@]}"; do one_day "$one" "$round"; done
    done
    headline "stopping"
    stop_up
    if ((${#day_reports[@]} > 1)); then
        headline "what hints buy: medians, with the smallest and the largest"
        # Those with hints first, whichever day was the first.
        local sorted
        mapfile -t sorted < <(printf '%s\n' "${day_reports[@]}" | sort -r)
        "$bellwether" storm compare-days "${sorted[@]}" || storm_rc=1
    fi
    say "storm: exit code $storm_rc after $(elapsed $((SECONDS - began)))"
    exit "$storm_rc"
}
