#!/bin/bash
# Role auth as a process of its own behind the shipped nginx: its storm, its death and its sign-outs, seen from the process that
# serves reads. Counted, not timed. (environment: BW_BINARY)
set -euo pipefail
shopt -s extglob
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
. "$root/tests/integration/student.sh"

auth_pid='' nginx_pid=''
end_process() { # end_process PID
    if [[ -n $1 ]]; then
        kill "$1" 2>/dev/null || true
        wait "$1" 2>/dev/null || true
    fi
}
trap 'end_process "$nginx_pid"; end_process "$auth_pid"; remove_installation no' EXIT

common=(--base-host school.test --trusted-proxy 127.0.0.1/32)
start_auth() {
    "$bellwether" serve --data "$dir/auth" --roles auth --listen "127.0.0.1:$auth_port" --admin-listen 127.0.0.1:0 \
        --auth-threads 1 --session-threads 1 --api-threads 1 "${common[@]}" </dev/null >>"$dir/log/auth.log" 2>&1 &
    auth_pid=$!
    await "role auth listens" listening "$auth_port"
    await "and says where its operators look" test -s "$dir/auth/run/admin-address"
    auth_admin=$(<"$dir/auth/run/admin-address")
}
listening() { [[ $(port=$1 status_of localhost /livez </dev/null) == 200 ]]; }

start_front() {
    front=$(free_port)
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/front.pem" -out "$dir/front.crt" -days 2 \
        -subj /CN=school.test -addext 'subjectAltName=DNS:*.school.test' 2>>"$dir/log/front.log"
    "$root/deploy/nginx/render" --auth "127.0.0.1:$auth_port" --api "127.0.0.1:$port" --intake "127.0.0.1:$port" \
        --certificate "$dir/front.crt" --key "$dir/front.pem" --names '*.school.test' --listen-tls "127.0.0.1:$front" \
        --listen-plain "127.0.0.1:$(free_port)" >"$dir/bellwether.conf"
    cat >"$dir/nginx.conf" <<END
$( ((EUID == 0)) && echo 'user nobody nogroup;')
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr crit;
events { worker_connections 16384; } # two for each of the flood
http {
    access_log off;
    client_body_temp_path tmp_body; proxy_temp_path tmp_proxy;
    fastcgi_temp_path tmp_f; uwsgi_temp_path tmp_u; scgi_temp_path tmp_s;
    include bellwether.conf;
}
END
    nginx -p "$dir/" -c nginx.conf -e stderr </dev/null 2>>"$dir/log/front.log" &
    nginx_pid=$!
    await "nginx is in front" answers /v1/sessions/current 401
}

host=north-hill.school.test
# Status, then headers and body of one request through nginx.
ask() { # ask PATH [CURL-ARGUMENTS...]
    local path=$1
    shift
    curl -s -i --max-time 30 --cacert "$dir/front.crt" --resolve "$host:$front:127.0.0.1" "$@" "https://$host:$front$path"
}
status() { ask "$@" -o /dev/null -w '%{http_code}'; }
answers() { [[ $(status "$1") == "$2" ]]; }
json=(-H 'Content-Type: application/json')
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
sql() { psql -X -At -h "$dir/data/pg/sock" -U bw -d bellwether -c "$1"; }
in_lane() { # in_lane FIELD: of lane auth, as its operators see it
    curl -s "http://$auth_admin/readyz" | jq ".lanes[] | select(.name == \"auth\") | .$1"
}
many() { # many N PATH: the statuses of so many reads, counted
    local i
    for ((i = 0; i < $1; ++i)); do
        printf 'url = "https://%s:%s%s"\noutput = "/dev/null"\nwrite-out = "%%{http_code}\\n"\n' "$host" "$front" "$2"
    done | curl -s --cacert "$dir/front.crt" --resolve "$host:$front:127.0.0.1" "${bearer[@]}" --config - | sort | uniq -c | xargs
}
metric() { curl -s "http://$auth_admin/metrics" | sed -n "s/^$1 //p"; }

start_installation --roles api,intake,operator --api-threads 2 --file-threads 1 "${common[@]}"
fill_installation ''
auth_port=$(free_port)
# All that role auth needs, and not what lets an operator provision.
mkdir -p "$dir/auth/secrets"
for secret in "$dir/data/secrets/"*; do
    [[ $secret == */bw_operator.* || $secret == */bw_stream.* ]] || ln -s "$secret" "$dir/auth/secrets/"
done
start_auth
start_front

say "each process keeps to its own budget"
budget_of() { sed -n 's/.*"event":"budget".*"connections":\([0-9]*\).*/\1/p' "$1" | tail -n 1; }
check "auth says what it will use: hashes, sessions, reads, and six" 9 "$(budget_of "$dir/log/auth.log")"
check "the other too: with a file thread, its sweeper, two for first pages, one for activities, and two for live classes" 15 "$(budget_of "$dir/log/up.log")"
check "role api does not sign in" 404 "$(curl -s -o /dev/null -w '%{http_code}' -X POST "http://127.0.0.1:$port/v1/sessions")"
check "role auth does not read" 404 "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$auth_port/v1/assignments")"

ada='{"username":"ada","password":"bell-at-nine"}'
signed_in() {
    session=$(ask /v1/sessions "${json[@]}" -d "$ada")
    token=$(member access_token <<<"$session")
    [[ -n $token ]]
}
await "ada signs in, at auth" signed_in
refresh_token=$(member refresh_token <<<"$session")
bearer=(-H "Authorization: Bearer $token")
reads() { [[ $(status /v1/assignments "${bearer[@]}") == 200 ]]; }
await "and reads, at api" reads # an installation's first key signs at once, and is heard of within seconds

stolen=$(ask /v1/sessions "${json[@]}" -d "$ada" | member refresh_token)
check "another session is renewed, and its token kept by a thief" 201 "$(status /v1/sessions/refresh "${json[@]}" -d "{\"refresh_token\":\"$stolen\"}")"

say "nginx sends to auth what auth serves, and no more"
paths_of() { curl -s "http://127.0.0.1:$1/openapi.json" |
    node -e 'for (const path in JSON.parse(require("fs").readFileSync(0)).paths) console.log(path)' | sort; }
while read -r path; do
    asked=${path//\{*([^\}])\}/x}
    check "$path" 404 "$(curl -s -o /dev/null -w '%{http_code}' -X OPTIONS "http://127.0.0.1:$port$asked")"
    # Any answer but api's 404 is auth's.
    [[ $(status "$asked" -X OPTIONS) != 404 ]] || die "nginx sends $path to a server that does not know it"
done < <(comm -23 <(paths_of "$auth_port") <(paths_of "$port"))
while read -r path; do
    asked=${path//\{*([^\}])\}/x}
    [[ $(status "$asked" -X OPTIONS) != 404 || $path =~ ^/(livez|readyz) ]] || die "nginx sends $path to a server that does not know it"
done < <(comm -13 <(paths_of "$auth_port") <(paths_of "$port"))

say "a storm of passwords fills the hash lane; reads do not notice"
flood=3000 # far more than one thread hashes in the ten seconds for which a sign-in waits
node "$root/tests/integration/wrong_sign_ins.mjs" "$host" "$front" "$dir/front.crt" "$flood" >"$dir/flood" 2>>"$dir/log/flood.log" &
flood_pid=$!
crowded() { [[ $(in_lane refused) -gt 0 && $(in_lane queued) -gt 50 ]]; }
until crowded; do # however slow the flood comes in
    kill -0 "$flood_pid" 2>/dev/null || die "the flood was over before the lane was full: $(<"$dir/flood")"
    sleep 0.1
done
say "  ok: the lane is full and refuses"
check "100 reads meanwhile are all answered" "100 200" "$(many 100 /v1/assignments)" # by one curl: a process each may outlast the flood
check "and the lane was still crowded after them" crowded "$([[ $(in_lane queued) -gt 0 ]] && echo crowded)"
oldest=$(in_lane oldest_ms)
say "  the oldest has waited $oldest ms"
wait "$flood_pid" || true
say "  $(<"$dir/flood")$(head -n 3 "$dir/log/flood.log")"
told() { jq ".\"$1\" // 0" "$dir/flood"; }
refused=$(told 503) wrong=$(told 401)
check "everybody is told: wrong, or a place to wait at" "$flood" "$((refused + wrong))"
check "those who are refused keep their place" "$refused" "$(told places)"
((refused > 0)) || die "nobody was refused, so this showed nothing"
check "operators see the wrong ones" "$wrong" "$(metric 'bellwether_sign_ins_total{outcome="wrong"}')"
check "and the refused" "$refused" "$(curl -s "http://$auth_admin/metrics" |
    sed -n 's/^bellwether_lane_\(refused\|expired\)_items_total{lane="auth".*} //p; s/^bellwether_sign_ins_total{outcome="failed"} //p' | awk '{ sum += $1 } END { print sum }')"
(($(metric bellwether_sign_ins_busiest_minute) >= 1)) || die "the busiest minute is not told"

say "connections stay within what was said"
held=$(sql "select count(*) from pg_stat_activity where usename in ('bw_app', 'bw_operator')")
say "  $(sql "select string_agg(application_name || ' ' || n, ', ' order by application_name) from (select application_name, count(*) n from pg_stat_activity where usename in ('bw_app', 'bw_operator') group by 1) q")"
((held <= 24)) || die "$held connections, and 24 were said"
check "one thread hashes, so one connection" 1 "$(sql "select count(*) from pg_stat_activity where application_name = 'bellwether auth'")"

say "auth dies; who is signed in does not notice"
kill -KILL "$auth_pid"
wait "$auth_pid" 2>/dev/null || true
auth_pid=''
check "api goes on verifying" 200 "$(status /v1/assignments "${bearer[@]}")"
away=$(ask /v1/sessions/refresh "${json[@]}" -d "{\"refresh_token\":\"$refresh_token\"}")
check "refresh is refused, to be tried again" ' 503' "$(sed -n 1p <<<"$away")"
check "with the moment" 'retry-after: ' "$(tr '[:upper:]' '[:lower:]' <<<"$away")"
start_auth
renewed() {
    renewal=$(ask /v1/sessions/refresh "${json[@]}" -d "{\"refresh_token\":\"$refresh_token\"}")
    [[ $(sed -n 1p <<<"$renewal") == *' 201'* ]]
}
await "the same token renews when it is back" renewed
second=$(member access_token <<<"$renewal")

say "a sign-out at auth is known at api within a second"
check "it is good there" 200 "$(status /v1/assignments -H "Authorization: Bearer $second")"
check "signed out, when all have heard of it, or after a second" 204 "$(status /v1/sessions/current -X DELETE -H "Authorization: Bearer $second")"
check "so api refuses it" 401 "$(status /v1/assignments -H "Authorization: Bearer $second")"
check "the older one of that session too" 401 "$(status /v1/assignments "${bearer[@]}")"

say "a token that comes back after its grace ends its session, and that is in the audit log"
refused_as_reused() { [[ $(status /v1/sessions/refresh "${json[@]}" -d "{\"refresh_token\":\"$stolen\"}") == 401 ]]; }
await "used again, it is refused" refused_as_reused
check "operators see it" 1 "$(metric 'bellwether_refreshes_total{outcome="reused"}')"
in_audit_log() { [[ $(sql "select count(*) > 0 from audit_events where action = '$1'") == t ]]; }
for action in session.created session.ended session.reused; do await "$action is in the audit log" in_audit_log "$action"; done
check "nothing waits to be written there" 0 "$(metric bellwether_audit_lost_events_total)"
check "the feed is not silent" 0 "$(metric bellwether_revocations_failing)"

say "what of a student's requests reaches PostgreSQL, counted"
# Work taken by the lanes whose threads own connections, of both processes.
taken() {
    local admin
    for admin in "$auth_admin" "$(<"$dir/data/run/admin-address")"; do
        curl -s "http://$admin/metrics" | sed -n 's/^bellwether_lane_started_items_total{.*} //p'
    done | awk '{ sum += $1 } END { print sum }'
}
signed_in
bearer=(-H "Authorization: Bearer $token")
before=$(taken)
check "300 requests that need to know no more than who asks" "300 200" "$(many 300 /v1/sessions/current)"
check "and a renewal" 201 "$(status /v1/sessions/refresh "${json[@]}" -d "{\"refresh_token\":\"$(member refresh_token <<<"$session")\"}")"
check "reach it once" 1 "$(($(taken) - before))"
before=$(taken)
check "20 looks at assignments" "20 200" "$(many 20 /v1/assignments)"
check "reach it each: what they show is not kept in memory" 20 "$(($(taken) - before))"
