# CPU per request as a ratio: ours and nginx's `return 200`, interleaved in one run. Sourced by the benchmarks; needs `root`.

# shellcheck source=tools/lib/installation.sh
. "$root/tools/lib/installation.sh"

rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-5} connections=${CONNECTIONS:-64}
nginx_pid=''
beside_pids=() # servers that were started beside, each ended by SIGTERM

clean_up() {
    local rc=$?
    trap - EXIT
    if [[ -n $nginx_pid ]]; then kill -QUIT "$nginx_pid" 2>/dev/null || true; fi
    if ((${#beside_pids[@]})); then
        kill -TERM "${beside_pids[@]}" 2>/dev/null || true
        wait "${beside_pids[@]}" 2>/dev/null || true
    fi
    remove_installation no
    exit "$rc"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start_nginx() { # needs $dir; sets nginx_port
    nginx_port=$(free_port)
    mkdir -p "$dir/nginx/tmp"
    chmod 755 "$dir/nginx" "$dir/nginx/tmp"
    cat >"$dir/nginx/nginx.conf" <<END
daemon off; worker_processes 1; pid $dir/nginx/pid; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; client_body_buffer_size 64k; client_max_body_size 1m;
  client_body_temp_path $dir/nginx/tmp/a; proxy_temp_path $dir/nginx/tmp/b; fastcgi_temp_path $dir/nginx/tmp/c;
  uwsgi_temp_path $dir/nginx/tmp/d; scgi_temp_path $dir/nginx/tmp/e;
  server { listen 127.0.0.1:$nginx_port; location / { return 200 "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"; } }
}
END
    /usr/sbin/nginx -p "$dir/nginx/" -c nginx.conf -e stderr </dev/null >"$dir/log/nginx.log" 2>&1 &
    nginx_pid=$!
    local end=$((SECONDS + 10))
    until (exec 3<>"/dev/tcp/127.0.0.1/$nginx_port") 2>/dev/null; do
        ((SECONDS < end)) || die "nginx does not answer: $(tail -n 3 "$dir/log/nginx.log")"
        sleep 0.05
    done
}

# Processor time of processes, in milliseconds (10 ms steps).
cpu_ms() {
    local pid total=0 stat
    for pid in "$@"; do
        stat=$(cat "/proc/$pid/stat" 2>/dev/null) || continue
        stat=${stat##*) }
        # shellcheck disable=SC2086
        set -- $stat
        total=$((total + (${12} + ${13}) * 10))
    done
    echo "$total"
}

# measure PIDS WRK-ARGUMENTS... : "requests/s  us of CPU per request  p99 ms  errors  p50 ms"
measure() {
    local pids=$1 before after out
    shift
    # shellcheck disable=SC2086
    before=$(cpu_ms $pids)
    out=$(wrk -t1 -c"$connections" -d"${seconds}s" --latency "$@")
    # shellcheck disable=SC2086
    after=$(cpu_ms $pids)
    awk -v cpu=$((after - before)) '
        function ms(t) { return t ~ /us$/ ? t / 1000 : t ~ /ms$/ ? t + 0 : t * 1000 }
        / requests in / { n = $1 } /Requests\/sec/ { rate = $2 } $1 == "50%" { p50 = ms($2) } $1 == "99%" { p99 = ms($2) }
        /Socket errors/ { errors += $4 + $6 + $8 + $10 } /Non-2xx/ { errors += $NF }
        END { printf "%.0f %.3f %.2f %d %.2f\n", rate, n ? cpu * 1000 / n : 0, p99, errors, p50 }' <<<"$out"
}

median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
spread() { sort -g | awk '{ v[NR] = $1 } END { printf "%s..%s", v[1], v[NR] }'; }

# compare NAME OUR-PIDS NGINX-PATH-ARGUMENTS -- OUR WRK-ARGUMENTS: interleaved rounds, medians and spread
compare() {
    local name=$1 pids=$2 nginx_workers ours theirs round
    shift 2
    local base=()
    while [[ $1 != -- ]]; do base+=("$1"); shift; done
    shift
    nginx_workers=$(pgrep -P "$nginx_pid" | tr '\n' ' ')
    : >"$dir/ours"; : >"$dir/theirs"; : >"$dir/ratios"
    measure "$pids" "$@" >/dev/null # warm-up, not counted
    for ((round = 1; round <= rounds; ++round)); do
        theirs=$(measure "$nginx_workers" "${base[@]}")
        ours=$(measure "$pids" "$@")
        echo "$ours" >>"$dir/ours"
        echo "$theirs" >>"$dir/theirs"
        awk -v a="$ours" -v b="$theirs" 'BEGIN { split(a, x); split(b, y); printf "%.3f\n", x[2] / y[2] }' >>"$dir/ratios"
        say "  $name, round $round of $rounds: ours $ours | nginx $theirs   (requests/s, us CPU per request, p99 ms, errors, p50 ms)"
    done
    column_median() { cut -d' ' -f"$2" "$dir/$1" | median; }
    printf '%-34s CPU per request %s us against nginx %s us: ratio %s (n=%d, %s); %s/s against %s/s; p99 %s ms; errors %s\n' "$name" \
        "$(column_median ours 2)" "$(column_median theirs 2)" "$(median <"$dir/ratios")" "$rounds" "$(spread <"$dir/ratios")" \
        "$(column_median ours 1)" "$(column_median theirs 1)" "$(column_median ours 3)" "$(awk '{ n += $4 } END { print n }' "$dir/ours")" | tee -a "$dir/summary"
}

serve_pid() { cat "$dir/data/run/serve.pid"; }
tokens() { # tokens N: the first N students' access tokens
    awk -v n="$1" '/"kind":"student"/ && match($0, /"access_token":"[^"]*"/) { print substr($0, RSTART + 16, RLENGTH - 17); if (++i == n) exit }' "$dir/plan.jsonl"
}
