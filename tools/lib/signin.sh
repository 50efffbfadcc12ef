# The sign-in storm: see `tools/storm --help`. Sourced by tools/storm, whose options, clean-up and headlines it has.

# The provider of those who come by single sign-on; described at each institution by an administrator, who is made where there is none.
sso_pid=''
sso_required() {
    command -v node >/dev/null && [[ -d $root/tests/federation/node_modules/oidc-provider ]] && return
    say "SKIPPED, nobody can come by single sign-on: needs node, and \`npm ci\` in tests/federation"
    exit 77
}
make_administrators() {
    sql_at_primary -v ON_ERROR_STOP=1 -q <<'END' || return
update user_roles set role = 'districtAdministrator' where (tenant_id, user_role_id) in (
    select distinct on (r.tenant_id) r.tenant_id, r.user_role_id
    from user_roles r join users u using (tenant_id, user_id) join credentials c using (tenant_id, user_id)
    where r.role <> 'student' and r.status = 'active' and u.status = 'active' and u.username is not null
      and not exists (select from user_roles a where a.tenant_id = r.tenant_id and a.status = 'active' and a.role ilike '%administrator')
    order by r.tenant_id, r.user_role_id);
END
    sql_at_primary -v ON_ERROR_STOP=1 -At -F ' ' >"$dir/administrators" <<'END'
select distinct on (t.tenant_id) t.slug || '.localhost', u.username
from control.tenants t join users u using (tenant_id) join user_roles r using (tenant_id, user_id) join credentials c using (tenant_id, user_id)
where r.status = 'active' and u.status = 'active' and r.role ilike '%administrator' order by t.tenant_id, u.user_id;
END
}
start_provider() {
    node "$root/tests/federation/storm_provider.mjs" "$port" "$dir/provider" <"$dir/administrators" >"$dir/log/provider.log" 2>&1 &
    sso_pid=$!
    echo "$sso_pid" >"$dir/provider.pid"
    until [[ -s $dir/provider ]]; do
        if ! kill -0 "$sso_pid" 2>/dev/null; then
            cat "$dir/log/provider.log"
            return 1
        fi
        sleep 0.1
    done
}
stop_provider() {
    if [[ -z $sso_pid ]]; then return 0; fi
    kill -KILL "$sso_pid" 2>/dev/null || true # perhaps it stands still
    wait "$sso_pid" 2>/dev/null || true
    sso_pid=''
}

people=20000 refresh_share=0.9 sso_share=0 sso_fails='' arrivals=ramp hash_threads=1 steered=0 lead=60
signin_value() {
    case $1 in
    --people) people=$2 ;;
    --refresh-share) refresh_share=$2 ;;
    --sso-share) sso_share=$2 ;;
    --browsers) browsers=$2 ;;
    --sso-provider-fails) sso_fails=${2%s} ;;
    --over) over=${2%s} ;;
    --arrivals) arrivals=$2 ;;
    --hash-threads) hash_threads=$2 ;;
    --steered) steered=$2 ;;
    --lead) lead=${2%s} ;;
    --chaos) chaos=$2 ;;
    *) report_value "$@" ;;
    esac
}
signin_arguments() {
    over=60 connections=4096
    read_options no_flags signin_value "$@"
    is_whole "$people" || usage_error "--people is a whole number"
    is_number "$refresh_share" || usage_error "--refresh-share is from 0 to 1"
    is_number "$sso_share" || usage_error "--sso-share is from 0 to 1"
    [[ -z $sso_fails ]] || is_number "$sso_fails" || usage_error "--sso-provider-fails is a number of seconds"
    [[ -z $sso_fails || $sso_share != 0 ]] || usage_error "--sso-provider-fails needs --sso-share"
    [[ $browsers =~ ^[0-9]+$ ]] || usage_error "--browsers is a whole number"
    is_number "$steered" || usage_error "--steered is from 0 to 1"
    is_number "$lead" || usage_error "--lead is a number of seconds"
    check_chaos "${chaos_signin_kinds[@]}"
    is_number "$over" || usage_error "--over is a number of seconds"
    is_whole "$hash_threads" || usage_error "--hash-threads is a whole number"
}

signin() {
    signin_arguments "$@"
    local up_options=(--auth-threads "$hash_threads")
    if [[ $sso_share != 0 ]]; then
        sso_required
        up_options+=(--federation-private)
    fi
    if ((browsers > 0)); then
        browsers_required
        up_options+=(--app "$root/web/app/dist")
    fi
    if [[ ! -x $bellwether ]]; then "$root/bw" build release bellwether; fi
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    headline "an installation of its own"
    if [[ -n $chaos ]]; then installation_replica=yes; fi
    start_installation "${up_options[@]}"
    headline "institutions and people"
    fill_installation "$rosters"
    step "give everybody a password" "$dir/log/passwords.log" give_passwords
    if [[ $sso_share != 0 ]]; then step "find or make an administrator everywhere" "$dir/log/sso.log" make_administrators; fi
    BW_ALLOW_STORM_TOKENS=yes step "choose $people people" "$dir/log/people.log" "$bellwether" storm-people --data "$dir/data" \
        --people "$people" --refresh-share "$refresh_share" --sso-share "$sso_share" --out "$dir/people.jsonl" --base-host localhost
    if ((browsers > 0)); then
        grep -v 'refresh_token\|"sso"' "$dir/people.jsonl" | head -n "$browsers" >"$dir/browsers.jsonl"
        if (($(wc -l <"$dir/browsers.jsonl") < browsers)); then usage_error "there are not $browsers people with a password: see --refresh-share"; fi
        grep -vxF -f "$dir/browsers.jsonl" "$dir/people.jsonl" >"$dir/others.jsonl" && mv "$dir/others.jsonl" "$dir/people.jsonl"
    fi
    local host
    host=$(tail -n 1 "$dir/people.jsonl" | sed -n 's/.*"host":"\([^"]*\)".*/\1/p')
    step "wait until the server knows them" "$dir/log/people.log" await_known "$host"
    headline "the storm"
    local arguments=(--plan "$dir/people.jsonl" --target "127.0.0.1:$port" --password bell-at-nine --over "${over}s"
        --arrivals "$arrivals" --connections "$connections" --seed "$seed" --report "${report:-$dir/report.json}")
    if [[ -n $html ]]; then arguments+=(--html "$html"); fi
    if [[ $sso_share != 0 ]]; then
        step "start a provider, and describe it everywhere" "$dir/log/sso.log" start_provider
        arguments+=(--sso-provider "$(<"$dir/provider")")
    fi
    if [[ -n $sso_fails ]]; then arguments+=(--sso-provider-fails "${sso_fails}s" --sso-provider-pidfile "$dir/provider.pid"); fi
    if [[ $steered != 0 ]]; then
        arguments+=(--steered "$steered" --lead "${lead}s")
        over=$(awk -v over="$over" -v lead="$lead" 'BEGIN { print over + lead }')
    fi
    if [[ -n $chaos ]]; then
        step "wait until the replica follows" "$dir/log/chaos.log" await_replica
        : >"$dir/events"
        chaos_each "$over"
    fi
    local before
    before=$(statements)
    if ((browsers > 0)); then browsers_begin signin; fi
    "$bellwether" storm signin "${arguments[@]}" "${further[@]}" || storm_rc=$?
    if ((browsers > 0)); then browsers_end "${report:-$dir/report.json}" || storm_rc=1; fi
    if [[ -n $chaos ]]; then
        chaos_end
        headline "what was done to it meanwhile"
        cat "$dir/events" >&2
        check_afterwards "$host" || storm_rc=1
        if ((storm_rc == 0)); then say "PASS: everybody came in, whatever happened"; else say "FAIL: see above"; fi
    else
        say "transactions of the database meanwhile: $(($(statements) - before)), its own looks at itself among them"
    fi
    headline "stopping"
    stop_up
    say "storm: exit code $storm_rc after $(elapsed $((SECONDS - began)))"
    exit "$storm_rc"
}
await_replica() {
    local end=$((SECONDS + 120))
    until [[ $(chaos_sql "select count(*) from pg_stat_replication where state = 'streaming'") == 1 ]]; do
        ((SECONDS < end)) || return 1
        sleep 0.2
    done
}
# All that was planned was done; and a sign-out is known within a second, push or not.
check_afterwards() { # check_afterwards HOST
    local kinds answer token name at rc=0
    IFS=, read -ra kinds <<<"$chaos"
    local wanted=${#kinds[@]}
    if chaos_has stall-replica; then wanted=$((wanted + 1)); fi # it ends, too
    if (($(wc -l <"$dir/events") < wanted)); then
        say "not everything was done that was planned"
        rc=1
    fi
    if chaos_has drop-push; then chaos_push drop; fi
    name=$(tail -n 1 "$dir/people.jsonl" | sed -n 's/.*"username":"\([^"]*\)".*/\1/p')
    answer=$(curl -s "http://$1:$port/v1/sessions" -H 'Content-Type: application/json' -d "{\"username\":\"$name\",\"password\":\"bell-at-nine\"}")
    token=$(sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p' <<<"$answer")
    if [[ $(status_of "$1" /v1/sessions/current <<<"Authorization: Bearer $token") != 200 ]]; then
        say "nobody can sign in afterwards: $answer"
        return 1
    fi
    curl -s -X DELETE "http://$1:$port/v1/sessions/current" -H "Authorization: Bearer $token"
    at=$(date +%s%3N)
    until [[ $(status_of "$1" /v1/sessions/current <<<"Authorization: Bearer $token") == 401 ]]; do
        if (($(date +%s%3N) - at > 1000)); then
            say "a sign-out was not known after a second"
            return 1
        fi
    done
    if chaos_has drop-push; then chaos_push give; fi
    return "$rc"
}
statements() { sql_at_primary -At -c "select xact_commit from pg_stat_database where datname = 'bellwether'"; }
