# An installation of its own for a load scenario or a benchmark: made in a temporary directory, filled, taken away again.
# Sourced by bash scripts that set `root`; they own the EXIT trap and call remove_installation in it.
# Sets: dir (its directory), port, bellwether (the program).

# shellcheck source=tools/lib/steps.sh
. "$root/tools/lib/steps.sh"

bellwether=${BW_BINARY:-$root/build/release/bin/bellwether}
dir='' port='' up_pid=''

# The status of a GET, 000 if nobody answers; further header lines come from standard input, so that no token stands in `ps`.
status_of() { # status_of HOST PATH < headers
    local extra status=000 line
    extra=$(cat)
    if [[ -n $extra ]]; then extra+=$'\r\n'; fi
    # A group: a failed redirection must not end the script, nor show.
    {
        exec 3<>"/dev/tcp/127.0.0.1/$port" &&
            printf 'GET %s HTTP/1.1\r\nHost: %s\r\n%sConnection: close\r\n\r\n' "$2" "$1" "$extra" >&3 &&
            IFS= read -r -t 2 line <&3 && status=${line:9:3}
        exec 3>&-
    } 2>/dev/null || true
    printf '%s' "$status"
}

await_status() { # await_status SECONDS HOST PATH HEADERS
    local end=$((SECONDS + $1)) status=000
    while ((SECONDS < end)); do
        status=$(status_of "$2" "$3" <<<"$4")
        if [[ $status == 200 ]]; then return 0; fi
        kill -0 "$up_pid" 2>/dev/null || { echo "\`bellwether up\` has ended"; return 1; }
        sleep 0.1
    done
    echo "no 200 for $3 in $1 s, last $status"
    return 1
}

# `serve` binds the same port again after its death, so the port is chosen here and not by the system.
free_port() {
    local candidate
    for _ in {1..50}; do
        candidate=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    die "no free port found"
}

stop_up() {
    if [[ -z $up_pid ]]; then return 0; fi
    local pid=$up_pid
    up_pid=''
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

remove_installation() { # remove_installation yes|no: keep its directory?
    stop_ticker
    stop_up
    if [[ -n $dir ]]; then
        if [[ $1 == yes ]]; then say "kept: $dir"; else rm -rf -- "$dir"; fi
        dir=''
    fi
}

# Short, because a socket's path has 107 bytes at most; passable, because as root the database runs as another user.
make_directory() { # sets dir
    dir=$(mktemp -d /tmp/bw.XXXXXX)
    chmod 711 "$dir"
    mkdir "$dir/log"
}

# psql as the superuser at whichever server takes writes: they change places when one is promoted.
sql_at_primary() { # sql_at_primary PSQL-ARGUMENTS...
    local socket
    for socket in "$dir"/data/pg/sock "$dir"/data/pg/*/sock; do
        if [[ $(PGCONNECT_TIMEOUT=2 psql -X -At -h "$socket" -U bw -d bellwether -c 'select pg_is_in_recovery()' 2>/dev/null) == f ]]; then
            PGCONNECT_TIMEOUT=2 psql -X -h "$socket" -U bw -d bellwether "$@"
            return
        fi
    done
    return 1
}

# Libraries that are loaded into it, and whether it has a replica, and a process for reports: by installation_preload,
# installation_replica and installation_reports.
installation_preload='' installation_replica=no installation_reports=no

start_installation() { # start_installation [OPTIONS of `bellwether up`]
    if [[ -z $dir ]]; then make_directory; fi
    port=$(free_port)
    local alone=()
    if [[ $installation_replica == no ]]; then alone+=(--no-replica); fi
    if [[ $installation_reports == no ]]; then alone+=(--no-reports); fi
    LD_PRELOAD=${LD_PRELOAD:-}${installation_preload:+${LD_PRELOAD:+:}$installation_preload} "$bellwether" up --data "$dir/data" \
        --listen "127.0.0.1:$port" --admin-listen 127.0.0.1:0 --no-demo "${alone[@]}" "$@" </dev/null >"$dir/log/up.log" 2>&1 &
    up_pid=$!
    step "start an installation on port $port" "$dir/log/start.log" await_status 120 localhost /readyz '' || {
        tail -n 25 "$dir/log/up.log" | sed 's/^/  | /' >&2
        exit 1
    }
}

zone_of() {
    case $1 in
    ireland) echo Europe/Dublin ;;
    *) echo Europe/London ;;
    esac
}

# From the OneRoster zips of a directory, one institution each; without any, the demo's institutions.
fill_installation() { # fill_installation DIR
    local rosters=$1 log=$dir/log/fill.log zip slug name term
    if [[ -z $rosters ]] || ! compgen -G "$rosters/*.zip" >/dev/null; then
        step "load the demo's institutions" "$log" "$bellwether" demo --data "$dir/data"
        return
    fi
    term=$(date -d '30 days ago' +%F) # the newest term began then: it is running
    for zip in "$rosters"/*.zip; do
        slug=$(basename "$zip" .zip)
        name=$(sed 's/-/ /g; s/\b./\u&/g' <<<"$slug")
        "$bellwether" tenant create --data "$dir/data" --slug "$slug" --name "$name" --zone "$(zone_of "$slug")" >>"$log" 2>&1 ||
            { tail -n 5 "$log" >&2; die "could not make the institution $slug"; }
        step "import $slug" "$log" "$bellwether" roster import --data "$dir/data" --tenant "$slug" --shift-to "$term" "$zip"
    done
}

issue_tokens() { # issue_tokens STUDENTS: writes $dir/plan.jsonl
    BW_ALLOW_STORM_TOKENS=yes step "issue tokens" "$dir/log/tokens.log" \
        "$bellwether" storm-tokens --data "$dir/data" --students "$1" --out "$dir/plan.jsonl" --base-host localhost
    # The running server learns of new institutions with a delay: wait until it knows the last one.
    local line
    line=$(grep '"kind":"teacher"' "$dir/plan.jsonl" | tail -n 1) || die "the plan has no teacher"
    member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<<"$line"; }
    step "wait until the server knows them" "$dir/log/tokens.log" await_status 60 "$(member host)" \
        "/v1/assignments/$(member assignment_id)" "Authorization: Bearer $(member access_token)"
}

# One hash for everybody, of "bell-at-nine" at the usual cost: the storm is about signing in, not about making passwords.
storm_hash='$argon2id$v=19$m=19456,t=2,p=1$EnaWa6Y0KvDvNJyySl7fUQ$LQN0FWaqU8TvwYOnYhEz4ijXz8U5eZtnxU6odOYZgt4'
give_passwords() {
    local slug
    for slug in $("$bellwether" tenant list --data "$dir/data" | awk '{ print $3 }'); do
        printf '%s\n' "$storm_hash" | "$bellwether" password set-for-all --data "$dir/data" --tenant "$slug" || return
    done
}

# A host that is nobody's yet answers 404; one that is known asks who is there.
await_known() {
    local end=$((SECONDS + 60))
    until [[ $(status_of "$1" /v1/sessions/current <<<"") == 401 && $(status_of "$1" /v1/me <<<"Authorization: Bearer x") == 401 ]]; do
        ((SECONDS < end)) || return 1
        sleep 0.2
    done
    sleep 1.5 # the directory is read once a second
}
