# What a Node shop would run, on real servers of its own: a private PostgreSQL, a redis-server, and Fastify in front of them
# (bench/peers, bench/naive). Sourced after ratio.sh; whatever it starts is in beside_pids, which ratio.sh ends.

# shellcheck source=tools/lib/npm.sh
. "$root/tools/lib/npm.sh"

export WORKERS=${WORKERS:-$(nproc)}
declare -A peer_pid peer_port # of the first process of each
peer_pg_pid='' redis_pid=''

await_peer() { # await_peer NAME PID LOG COMMAND...: until it succeeds
    local name=$1 pid=$2 log=$3 end=$((SECONDS + 30))
    shift 3
    until "$@" >/dev/null 2>&1; do
        kill -0 "$pid" 2>/dev/null && ((SECONDS < end)) || die "$name does not answer: $(tail -n 5 "$log")"
        sleep 0.05
    done
}

# With the settings of Bellwether's own cluster, durable; only whoever may enter its directory reaches it.
start_peer_postgres() { # sets PGHOST, peer_pg_pid
    local as=() bin=/usr/lib/postgresql/15/bin log=$dir/log/peer-postgres.log
    export PGHOST=$dir/peer-pg
    mkdir -m 700 "$PGHOST"
    if ((EUID == 0)); then
        chown bellwether-pg: "$PGHOST"
        as=(--reuid bellwether-pg --regid bellwether-pg --init-groups)
    fi
    step "make a PostgreSQL for the peers" "$log" setpriv "${as[@]}" \
        "$bin/initdb" -D "$PGHOST/data" -U bench -A trust -E UTF8 --locale=C.UTF-8 || exit 1
    setpriv "${as[@]}" --pdeathsig INT "$bin/postgres" -D "$PGHOST/data" -k "$PGHOST" -c listen_addresses= -c unix_socket_permissions=0700 \
        -c shared_buffers=128MB -c wal_level=logical -c max_connections=100 </dev/null >>"$log" 2>&1 &
    peer_pg_pid=$!
    beside_pids+=("$peer_pg_pid")
    await_peer PostgreSQL "$peer_pg_pid" "$log" peer_sql postgres 'select 1'
}

peer_sql() { psql -X -q -h "$PGHOST" -U bench -d "$1" -c "$2"; }

start_redis() { # sets REDIS_SOCKET, redis_pid
    local log=$dir/log/redis.log
    mkdir -m 700 "$dir/redis"
    export REDIS_SOCKET=$dir/redis/sock
    setpriv --pdeathsig TERM redis-server --port 0 --unixsocket "$REDIS_SOCKET" --unixsocketperm 700 --dir "$dir/redis" --save '' \
        --appendonly yes --appendfsync always --maxmemory-policy noeviction </dev/null >"$log" 2>&1 &
    redis_pid=$!
    beside_pids+=("$redis_pid")
    await_peer redis-server "$redis_pid" "$log" redis_says PONG ping
}

redis_says() { # redis_says ANSWER COMMAND...
    local wanted=$1
    shift
    [[ $(redis-cli -s "$REDIS_SOCKET" "$@" 2>&1) == "$wanted" ]]
}

start_node() { # start_node NAME FILE
    local log=$dir/log/$1.log
    peer_port[$1]=$(free_port)
    PORT=${peer_port[$1]} NODE_ENV=production setpriv --pdeathsig TERM node "$2" </dev/null >"$log" 2>&1 &
    peer_pid[$1]=$!
    beside_pids+=("$!")
    await_peer "$1" "$!" "$log" curl -sf "http://127.0.0.1:${peer_port[$1]}/livez"
}

start_naive() { # start_naive submissions|sign_in; needs a PostgreSQL for the peers, and PLAN
    npm_ci "$root/bench/peers"
    npm_ci "$root/bench/naive"
    peer_sql postgres 'drop database if exists naive' && peer_sql postgres 'create database naive'
    start_node naive "$root/bench/naive/$1.mjs"
}

stop_naive() {
    local pid
    for pid in $(family "${peer_pid[naive]}"); do kill -KILL "$pid" 2>/dev/null || true; done
    wait "${peer_pid[naive]}" 2>/dev/null || true
}

# The handler goes on with what nobody awaits any more; the next round begins when it is done with that.
await_idle() {
    local quiet=0 end=$((SECONDS + 120))
    while ((quiet < 3)); do
        ((SECONDS < end)) || die "the naive handler does not come to rest"
        sleep 0.1
        if [[ $(psql -X -At -h "$PGHOST" -U bench -d postgres -c \
            "select count(*) from pg_stat_activity where datname = 'naive' and state <> 'idle'") == 0 ]]; then
            quiet=$((quiet + 1))
        else
            quiet=0
        fi
    done
}

start_peers() {
    npm_ci "$root/bench/peers"
    start_peer_postgres
    start_redis
    peer_sql postgres 'create database boss'
    start_node pg-boss "$root/bench/peers/pg-boss.mjs"
    start_node bullmq "$root/bench/peers/bullmq.mjs"
    start_naive submissions
    say "  Node $(node --version), $WORKERS processes each; $(psql --version | cut -d' ' -f3 | sed 's/^/PostgreSQL /'), $(redis-server --version | sed 's/.* v=\([0-9.]*\).*/Redis \1/')"
}

# Each round begins as the first did: what the last one left is taken away, and ours has recorded what it took in.
fresh() { # fresh TARGET
    case $1 in
    bellwether) await_recorded ;;
    pg-boss) peer_sql boss 'truncate pgboss.job' ;;
    bullmq-*)
        redis_says OK config set appendfsync "${1#bullmq-}" && redis_says OK flushall sync || die "Redis refuses its settings"
        ;;
    naive) peer_sql naive 'truncate submissions; update assignments set submitted = 0' && peer_sql naive 'vacuum assignments' ;;
    esac
}

await_recorded() {
    local end=$((SECONDS + 120))
    until [[ $("$root/bench/lib/behind" "$(<"$dir/data/run/admin-address")") == "recorder: 0 of"* ]]; do
        ((SECONDS < end)) || die "the recorder is still behind"
        sleep 0.2
    done
}

family() { # a process and its children
    echo "$1" "$(pgrep -P "$1" | tr '\n' ' ')"
}

# Of a process, its children, and the children it has outlived, in milliseconds (10 ms steps).
family_cpu_ms() {
    local pid total=0 stat
    for pid in $(family "$1"); do
        stat=$(cat "/proc/$pid/stat" 2>/dev/null) || continue
        # shellcheck disable=SC2086
        set -- $pid ${stat##*) }
        total=$((total + (${13} + ${14} + ${15} + ${16}) * 10))
    done
    echo "$total"
}

# Where a target answers, the processes that answer, and the first process of what stores.
locate() { # locate TARGET: sets target_url, target_pids, target_store
    case $1 in
    bellwether)
        target_url=http://127.0.0.1:$port/v1/submissions
        target_pids=$(serve_pid)
        target_store=$(head -n 1 "$dir/data/pg/data/postmaster.pid")
        return
        ;;
    bullmq-*) target_store=$redis_pid; set -- bullmq ;;
    *) target_store=$peer_pg_pid ;;
    esac
    target_url=http://127.0.0.1:${peer_port[$1]}/v1/submissions
    target_pids=$(family "${peer_pid[$1]}")
}

measure_target() { # measure_target TARGET: what `measure` says, and "us of CPU per request of the store"
    local before figures
    locate "$1"
    before=$(family_cpu_ms "$target_store")
    figures=$(measure "$target_pids" -s "$root/bench/lib/accept.lua" "$target_url")
    echo "$figures" "$(awk -v ms=$(($(family_cpu_ms "$target_store") - before)) -v s="$seconds" '{ printf "%.1f", $1 ? ms * 1000 / ($1 * s) : 0 }' <<<"$figures")"
}

# Interleaved rounds of all targets with bodies of one size; each against ours of the same round.
compare_targets() { # compare_targets BYTES TARGET...: the first is ours
    local bytes=$1 target round ours
    shift
    export BODY_BYTES=$bytes
    for target in "$@"; do
        fresh "$target"
        measure_target "$target" >/dev/null # warm-up, not counted
        : >"$dir/of-$target"
    done
    for ((round = 1; round <= rounds; ++round)); do
        for target in "$@"; do
            fresh "$target"
            measure_target "$target" >>"$dir/of-$target"
            say "  $bytes bytes, round $round of $rounds: $target $(tail -n 1 "$dir/of-$target")   (requests/s, us CPU per request, p99 ms, errors, p50 ms, us CPU of the store)"
        done
    done
    column() { awk "{ print $2 }" "$dir/of-$1"; }
    for target in "$@"; do
        ratios() { paste -d' ' "$dir/of-$target" "$dir/of-$ours" | awk "{ printf \"%.3f\\n\", $1 }"; }
        ours=$1
        printf '%d bytes, %-15s %s/s (n=%d, %s), %s of ours (%s); p50 %s ms, p99 %s ms; us CPU per request %s and its store %s, %s of ours (%s); errors %s\n' \
            "$bytes" "$target:" "$(column "$target" '$1' | median)" "$rounds" "$(column "$target" '$1' | spread)" \
            "$(ratios '$1 / $7' | median)" "$(ratios '$1 / $7' | spread)" "$(column "$target" '$5' | median)" "$(column "$target" '$3' | median)" \
            "$(column "$target" '$2' | median)" "$(column "$target" '$6' | median)" \
            "$(ratios '($2 + $6) / ($8 + $12)' | median)" "$(ratios '($2 + $6) / ($8 + $12)' | spread)" \
            "$(column "$target" '$4' | awk '{ n += $1 } END { print n }')" | tee -a "$dir/summary"
    done
}
