# A class begins: see `tools/storm --help`. Sourced by tools/storm, whose options, clean-up and headlines it has.

live_usage() {
    cat <<'END'
  live: a class begins and everybody opens it: master, playlist, init, segments and renewed addresses over real HTTP, through nginx edges
  (deploy/nginx/render-edge) whose caches begin empty, before an origin that takes 0.1 s for each answer. As it is built to be, and with
  one thing switched off, which must then miss its bar. Needs no installation; ends with 77 without nginx.

  --viewers N          how many (default 8000)
  --over S             they come within so many seconds (default 5)
  --watch S            and stay for so many more (default 5)
  --ways LIST          of as-built, warm-off, lock-off, jitter-off, edge-killed, on-demand (default: all)
  --no-bars            waiting times are told, not judged: for a machine that does other work meanwhile
  --seed, --report, --keep: as below

END
}

viewers=8000 watch=5 ways=as-built,warm-off,lock-off,jitter-off,edge-killed,on-demand
live_flag() {
    [[ $1 == --no-bars ]] || return 1
    bars=no
}
live_value() {
    case $1 in
    --viewers) viewers=$2 ;;
    --over) over=${2%s} ;;
    --watch) watch=${2%s} ;;
    --ways) ways=$2 ;;
    *) report_value "$@" ;;
    esac
}
live_arguments() {
    over=5
    read_options live_flag live_value "$@"
    is_whole "$viewers" || usage_error "--viewers is a whole number"
    is_number "$over" || usage_error "--over is a number of seconds"
    is_number "$watch" || usage_error "--watch is a number of seconds"
}

# An edge of its own, with an empty cache; one worker, so that viewers and origin have a core, too.
edge_pids=()
start_edge() { # start_edge NAME OPTIONS-OF-RENDER-EDGE...: sets edge_port
    local name=$1 at=$dir/$1 user='' tries
    shift
    mkdir -p "$at/cache"
    chmod 777 "$at/cache" # workers of a root's nginx run as nobody
    if ((EUID == 0)); then user='user nobody nogroup;'; fi
    for tries in 1 2 3; do
        edge_port=$(free_port)
        "$root/deploy/nginx/render-edge" --origin "127.0.0.1:$origin_port" --secret-file "$dir/secret" --name "$name" \
            --listen "127.0.0.1:$edge_port" --cache "$at/cache" --cache-size 4g --access-log off --error-log "$at/errors" \
            --drain-file "$at/drain" "$@" >"$at/edge.conf"
        cat >"$at/nginx.conf" <<END
$user
daemon off;
worker_processes 1;
worker_rlimit_nofile $open_files;
pid pid;
error_log stderr crit;
events { worker_connections $((open_files - 100)); }
http {
    access_log off;
    client_body_temp_path tmp_body; proxy_temp_path tmp_proxy;
    fastcgi_temp_path tmp_f; uwsgi_temp_path tmp_u; scgi_temp_path tmp_s;
    include edge.conf;
}
END
        /usr/sbin/nginx -p "$at/" -c nginx.conf -e stderr </dev/null >>"$dir/log/$name.log" 2>&1 &
        edge_pids+=("$!")
        echo "$!" >"$at/pidfile"
        if await_edge "$!"; then return 0; fi
    done
    say "an edge does not start after $tries tries"
    tail -n 5 "$dir/log/$name.log" >&2
    return 1
}
await_edge() { # await_edge PID
    local end=$((SECONDS + 20))
    until (exec 3<>"/dev/tcp/127.0.0.1/$edge_port") 2>/dev/null; do
        if ((SECONDS > end)) || ! kill -0 "$1" 2>/dev/null; then return 1; fi
        sleep 0.02
    done
}
stop_edges() {
    local pid
    for pid in "${edge_pids[@]}"; do
        kill -TERM "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    edge_pids=()
}

live() {
    live_arguments "$@"
    if [[ ! -x /usr/sbin/nginx ]]; then
        say "SKIPPED, there are no edges: needs nginx"
        exit 77
    fi
    if [[ ! -x $bellwether ]]; then "$root/bw" build release bellwether; fi
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    ulimit -n "$(ulimit -Hn)"
    open_files=$(ulimit -n)
    if [[ $open_files == unlimited ]] || ((open_files > 65536)); then open_files=65536; fi
    ((open_files > 2 * viewers)) || say "a process may have $open_files open files: little for $viewers viewers"
    headline "edges of their own"
    make_directory
    head -c 30 /dev/urandom | base64 | tr '+/' '-_' >"$dir/secret"
    origin_port=$(free_port)
    local way arguments=() list render
    IFS=, read -ra list <<<"$ways"
    for way in "${list[@]}"; do
        render=()
        if [[ $way == lock-off ]]; then render=(--lock off); fi
        start_edge "$way" "${render[@]}"
        arguments+=(--edge "$way=$way,here,1,http://127.0.0.1:$edge_port")
        if [[ $way == edge-killed ]]; then
            start_edge "$way-other"
            arguments+=(--edge "$way=$way-other,here,1,http://127.0.0.1:$edge_port" --killed-pidfile "$dir/$way/pidfile")
        fi
    done
    if [[ $bars == no ]]; then arguments+=(--no-bars); fi
    headline "the storm"
    say "load before it: $(cut -d' ' -f1-3 /proc/loadavg)"
    "$bellwether" storm live "${arguments[@]}" --origin-port "$origin_port" --secret-file "$dir/secret" --viewers "$viewers" \
        --over "${over}s" --watch "${watch}s" --seed "$seed" --report "${report:-$dir/report.json}" "${further[@]}" || storm_rc=$?
    headline "stopping"
    stop_edges
    say "storm: exit code $storm_rc after $(elapsed $((SECONDS - began)))"
    exit "$storm_rc"
}
