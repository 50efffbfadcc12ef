#!/bin/bash
# The stronger durability classes on the real program: a follower on another node that dies and comes back, and a journal
# in a JetStream cluster whose nodes are killed; then the intake node is lost with its disk. As in docs/runbooks.md.
# (environment: BW_BINARY)
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
. "$root/tests/integration/student.sh"
follow_pid='' nats_pids=()
clean_up() {
    stop_up
    if [[ -n $follow_pid ]]; then kill -KILL "$follow_pid" 2>/dev/null || true; fi
    for pid in "${nats_pids[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
    remove_installation no
}
trap clean_up EXIT

answers() { [[ $(status_of localhost /livez </dev/null) == 200 ]]; }
start_again() { # start_again OPTIONS: the same installation, on another port
    port=$(free_port)
    "$bellwether" up --data "$dir/data" --listen "127.0.0.1:$port" --admin-listen 127.0.0.1:0 --no-demo --no-replica --no-reports "$@" </dev/null >>"$dir/log/up.log" 2>&1 &
    up_pid=$!
    await "the server stands" answers
    await "signed in" sign_in
}
readiness() { curl -s "http://$(<"$dir/data/run/admin-address")/readyz"; }
class_of() { submit "$1" | sed '$d' | sed -n 's/.*"head":{[^}]*"durability":"\([^"]*\)".*/\1/p'; }
in_step() { [[ $(readiness) == *'"in_step":true'* ]]; }

say "== a follower"
make_directory
follow_port=$(free_port)
start_follower() {
    "$bellwether" follow --data "$dir/second" --listen "127.0.0.1:$follow_port" </dev/null >>"$dir/log/follow.log" 2>&1 &
    follow_pid=$!
}
start_follower
has_secret() { [[ -s $dir/second/secrets/follower.password ]]; }
await "the follower stands" has_secret
follower=(--follower "http://127.0.0.1:$follow_port" --follower-secret "$dir/second/secrets/follower.password")
start_installation "${follower[@]}"
fill_installation ''
await "signed in" sign_in
stop_up
cp -a "$dir/data/pg" "$dir/backup"
start_again "${follower[@]}"
await "in step" in_step
check "the receipt says so" 'local-fsync+follower' "$(class_of essay-1)"
check "a stranger is refused" 401 "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$follow_port/v1/journal-copies/local/0000000000000001")"
kill -KILL "$follow_pid"
wait "$follow_pid" 2>/dev/null || true
check "without it the receipt says that" 'local-fsync' "$(class_of essay-2)"
[[ $(class_of essay-3) == local-fsync ]] || die "a receipt claims a follower that is dead"
start_follower
await "it catches up" in_step
check "and receipts say so again" 'local-fsync+follower' "$(class_of essay-4)"
await "recorded" recorded_are 4

say "== the node is set back to an older state, which the follower knows better"
stop_up
mkdir "$dir/older"
cp -a "$dir/data/journal" "$dir/data/tree" "$dir/data/pg" "$dir/older"
start_again "${follower[@]}"
await "in step" in_step
check "a submission" 202 "$(submit essay-more)"
await "recorded" recorded_are 5
stop_up
rm -r "$dir/data/journal" "$dir/data/tree" "$dir/data/pg"
mv "$dir/older"/* "$dir/data"
refusal=$("$bellwether" up --data "$dir/data" --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --no-demo --no-replica --no-reports "${follower[@]}" 2>&1) &&
    die "it started with less than its follower has"
check "the server does not start, and says why" "the follower has 5 groups of this journal, which ends at 4" "$refusal"
kill -TERM "$follow_pid"
wait "$follow_pid" 2>/dev/null || true
mv "$dir"/second/copies/local/* "$dir/aside"
start_follower
start_again "${follower[@]}"
await "the copy begins anew" in_step
stop_up
"$bellwether" journal export --data "$dir/data" --journal "$dir/aside" --out "$dir/aside.jsonl" 2>/dev/null
check "what was in the old copy alone" "5 records are in the journal" "$("$bellwether" journal import --data "$dir/data" "$dir/aside.jsonl")"
start_again "${follower[@]}"
await "is recorded, nothing twice" recorded_are 5
await "in step" in_step

say "== the intake node is lost with its disk, and the database with all that was recorded"
stop_up
rm -r "$dir/data/journal" "$dir/data/tree" "$dir/data/pg"
mv "$dir/backup" "$dir/data/pg"
copy=$(echo "$dir"/second/copies/local/*)
check "the copy holds" "9 records: every checksum" "$("$bellwether" journal verify --data "$dir/data" --journal "$copy" 2>&1 || true)"
kill -TERM "$follow_pid"
wait "$follow_pid" 2>/dev/null || true
"$bellwether" journal export --data "$dir/data" --journal "$copy" --out "$dir/copy.jsonl" 2>/dev/null
check "into a new journal" "9 records are in the journal" "$("$bellwether" journal import --data "$dir/data" "$dir/copy.jsonl")"
start_follower
start_again "${follower[@]}"
await "recorded, nothing twice" recorded_are 5
stop_up

say "== a journal in JetStream"
if ! command -v nats-server >/dev/null; then
    say "SKIPPED: nats-server is not installed (./bw setup --for test)"
    exit 0
fi
clients=() routes=() monitors=()
for i in 0 1 2; do clients+=("$(free_port)") routes+=("$(free_port)") monitors+=("$(free_port)"); done
start_node() {
    cat >"$dir/n$1.conf" <<EOF
server_name: n$1
listen: 127.0.0.1:${clients[$1]}
http: 127.0.0.1:${monitors[$1]}
max_payload: 4MB
jetstream { store_dir: "$dir/js$1", max_mem: 64MB, max_file: 4GB }
cluster { name: bw, listen: 127.0.0.1:${routes[$1]}, no_advertise: true
  routes: [ "nats://127.0.0.1:${routes[0]}", "nats://127.0.0.1:${routes[1]}", "nats://127.0.0.1:${routes[2]}" ] }
EOF
    nats-server -c "$dir/n$1.conf" </dev/null >>"$dir/log/n$1.log" 2>&1 &
    nats_pids[$1]=$!
}
for i in 0 1 2; do start_node $i; done
stream=(--journal-servers "nats://127.0.0.1:${clients[0]},nats://127.0.0.1:${clients[1]},nats://127.0.0.1:${clients[2]}"
    --journal-bytes-limit 1000000000)
start_again "${stream[@]}"
check "the receipt says so" 'replicated' "$(class_of essay-5)"
for node in 0 1 2; do
    kill -KILL "${nats_pids[$node]}"
    wait "${nats_pids[$node]}" 2>/dev/null || true
    taken() { [[ $(submit "essay-node-$node") == *202* ]]; }
    await "taken in without node $node" taken
    start_node $node
    taken() { [[ $(submit "essay-with-$node") == *202* ]]; }
    await "and with it" taken
    healthy() { [[ $(curl -s "http://127.0.0.1:${monitors[$node]}/healthz") == *'"ok"'* ]]; }
    await "which has caught up" healthy # losing another one before would be losing the quorum
done
await "all recorded" recorded_are 12
"$bellwether" journal export --data "$dir/data" "${stream[@]:0:2}" --out "$dir/beside.jsonl" 2>"$dir/said" || die "export: $(<"$dir/said")"
check "an export beside the server" "7 records" "$(<"$dir/said")"
check "which goes on" 202 "$(submit essay-beside)"
absent=$("$bellwether" journal export --data "$dir/data" "${stream[@]:0:2}" --journal-stream mistyped --out "$dir/mistyped.jsonl" 2>&1) &&
    die "a stream that does not exist was exported"
check "a mistyped stream is not made" "there is no stream mistyped" "$absent"
few=$("$bellwether" journal import --data "$dir/data" "${stream[@]}" --journal-replicas 1 "$dir/beside.jsonl" 2>&1) &&
    die "a stream on one server was made"
check "a stream of less than three replicas is not made" "1 not in {3,5}" "$few"
await "recorded" recorded_are 13
stop_up
rm -rf "$dir/data/journal" "$dir/data/tree"
"$bellwether" journal export --data "$dir/data" "${stream[@]:0:2}" --out "$dir/stream.jsonl" 2>"$dir/said" || die "export: $(<"$dir/said")"
check "the stream outlives the node" "8 records" "$(<"$dir/said")"
check "into a new one" "8 records are in the journal" "$("$bellwether" journal import --data "$dir/data" "${stream[@]}" --journal-stream bellwether-journal-2 "$dir/stream.jsonl")"
start_again "${stream[@]}" --journal-stream bellwether-journal-2
check "a retry on the new node" 202 "$(submit essay-5)"
await "is recorded once" recorded_are 13
