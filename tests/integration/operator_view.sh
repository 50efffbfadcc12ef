#!/bin/bash
# What operators see: metrics and details on the admin listener alone, request lines in the log, no secret anywhere; and a
# budget that does not hold keeps a process from starting. (environment: BW_BINARY)
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
. "$root/tests/integration/student.sh"
trap 'remove_installation no' EXIT

start_installation --log-requests 1
fill_installation ''
await "signed in" sign_in
admin=$(<"$dir/data/run/admin-address")
check "a submission" 202 "$(submit secret-idempotency-key)"
wrong=not-the-password-of-ada
check "a wrong password" 401 "$(curl -s -w '%{http_code}' "$host/v1/sessions" -H 'Content-Type: application/json' \
    -d "{\"username\":\"ada\",\"password\":\"$wrong\"}")"
request_id=$(curl -s -D - -o "$dir/problem" "$host/v1/me?access_token=$token" -H 'Authorization: Bearer broken.token' &&
    cat "$dir/problem")
request_id=$(grep -o '"request_id":"[0-9a-f]*"' <<<"$request_id" | sed -n 1p)

check "the public listener has no metrics" 404 "$(status_of localhost /metrics </dev/null)"
check "the public /readyz says no more than yes" '{"ready":true}' "$(curl -s "http://127.0.0.1:$port/readyz")"
check "the admin /readyz says why" '"durability":"local-fsync"' "$(curl -s "http://$admin/readyz")"
metrics=$(curl -s "http://$admin/metrics")
check "requests are counted by route" 'bellwether_http_request_duration_seconds_count{method="POST",route="/v1/submissions",status="2xx"} 1' "$metrics"
check "the auth lane's work is counted" 'bellwether_lane_started_items_total{lane="auth"}' "$metrics"

say "the overview says what the metrics say, and nothing that is unknown"
operator=$("$bellwether" operator-token create --data "$dir/data" --name ops 2>/dev/null | grep -o 'bwop_[A-Za-z0-9_-]*')
overview() { curl -s "http://127.0.0.1:$port/v1/operator/overview" -H "Authorization: Bearer $operator"; }
known() { [[ $(overview | jq .database.reachable.value) == true ]]; }
await "the token is known" known
overview >"$dir/overview"
check "the journal has the submission" 1 "$(jq .journal.durable_seq.value "$dir/overview")"
check "and its disk has room" true "$(jq '.journal.disk_free_bytes.value > 0' "$dir/overview")"
check "there is no replica here, and none is made up" '[]' "$(jq -c .replicas "$dir/overview")"
check "a worker lives" true "$(jq '.jobs.workers.value > 0' "$dir/overview")"
check "what is missing has a reason, what is there has none" 0 \
    "$(jq '[.. | objects | select(has("missing")) | select((.value == null) != (.missing != null))] | length' "$dir/overview")"
for metric in $(jq -r '.. | objects | select(has("missing") and .value != null and .metric != null) | .metric' "$dir/overview" | sort -u); do
    if [[ $metric != bellwether_jobs_* && $metric != bellwether_witness_* ]] && ! grep -q "^$metric[ {]" <<<"$metrics"; then
        die "the overview names $metric, which /metrics has not"
    fi
done
say "  ok: every metric that it names is there"

log=$dir/log/up.log
logged() { grep -q "$1" "$log"; }
await "the log has the request's line" logged "$request_id" # so what follows searches where requests are logged
for secret in bell-at-nine "$wrong" "$operator" "$token" "${token##*.}" secret-idempotency-key broken.token; do
    if grep -qF -- "$secret" "$log"; then die "a secret is in the log: $(grep -F -- "$secret" "$log" | sed -n 1p)"; fi
    if grep -qF -- "$secret" <<<"$metrics"; then die "a secret is in the metrics"; fi
done
say "  ok: no secret in the log or the metrics"

refusal=$("$bellwether" serve --data "$dir/data" --listen 127.0.0.1:0 --api-threads 256 2>&1) && die "it started without connections for it"
check "a budget that does not hold is named" 'database connections: up to' "$refusal"
check "with what to change" '--api-threads' "$refusal"
