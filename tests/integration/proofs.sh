#!/bin/bash
# Receipts and the journal as auditors and operators check them, with the command line alone: a receipt and its content, that the
# journal still begins as the receipt says, a key that was retired, a look at the journal beside the server. (environment: BW_BINARY)
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
. "$root/tests/integration/student.sh"
trap 'remove_installation no' EXIT

refuses() { # refuses WHAT EXPECTED COMMAND...: it fails, and says so
    local what=$1 expected=$2 said
    shift 2
    said=$("$@" 2>&1) && die "$what was not refused: $said"
    check "$what" "$expected" "$said"
}
get() { curl -s "http://localhost:$port$1"; }

start_installation
fill_installation ''
await "signed in" sign_in
submit essay-1 | sed '$d' >"$dir/answer.json"
printf 'text of essay-1' >"$dir/essay.txt"
for i in 2 3 4 5; do check "submission $i" 202 "$(submit "essay-$i")"; done
get /.well-known/receipt-keys.json >"$dir/keys.json"
published() { [[ $(get /.well-known/journal-heads.json) == *'"size":5'* ]]; }
await "a head is published" published
get /.well-known/journal-heads.json | sed 's/^{"heads":\[//; s/\]}$//' >"$dir/head.json"
epoch=$(sed -n 's/.*"epoch":"\([0-9a-f]*\)".*/\1/p' "$dir/head.json")
get "/v1/journals/$epoch/consistency?from_size=1" >"$dir/proof.json"

verify=("$bellwether" receipt verify "$dir/answer.json" --keys "$dir/keys.json")
check "the receipt holds" 'The receipt holds' "$("${verify[@]}")"
check "for its content" 'is the one that was handed in' "$("${verify[@]}" --content "$dir/essay.txt")"
check "and is part of the head that was kept" 'nothing before it was rewritten' \
    "$("${verify[@]}" --proof "$dir/proof.json" --head "$dir/head.json")"
refuses "another content" 'not the content' "${verify[@]}" --content "$dir/keys.json"
sed 's/"received_at":"20/"received_at":"19/g' "$dir/answer.json" >"$dir/forged.json"
refuses "a receipt with another time" 'contradict its statement' "$bellwether" receipt verify "$dir/forged.json" --keys "$dir/keys.json"
sed 's/"root":"\(.\)/"root":"f\1/; s/\("root":"[0-9a-f]\{64\}\)./\1/' "$dir/head.json" >"$dir/other.json"
refuses "another head than the one kept" 'another head' "${verify[@]}" --proof "$dir/proof.json" --head "$dir/other.json"
refuses "a proof from another size" 'groups' "${verify[@]}" --proof <(get "/v1/journals/$epoch/consistency?from_size=3")
refuses "something that is no receipt" 'not a receipt' "$bellwether" receipt verify "$dir/keys.json" --keys "$dir/keys.json"
check "a size that is not published yet" 404 "$(curl -s -o "$dir/problem" -w '%{http_code}' "http://localhost:$port/v1/journals/$epoch/consistency?from_size=6")"

check "the journal beside its server" 'records 1 to 5' "$("$bellwether" journal inspect --data "$dir/data")"
check "as JSON" '"last_seq":5' "$("$bellwether" journal inspect --data "$dir/data" --json)"
check "it verifies" '5 records: every checksum' "$("$bellwether" journal verify --data "$dir/data")"
check "its tree log too" '5 groups in the tree log' "$("$bellwether" journal verify --data "$dir/data")"
"$bellwether" journal export --data "$dir/data" --from 2 --to 4 --out "$dir/export" 2>"$dir/said"
check "an export" 3 "$(wc -l <"$dir/export")"
sed -n 1p "$dir/export" >"$dir/line.json"
check "holds receipts" 'The receipt holds' "$("$bellwether" receipt verify "$dir/line.json" --keys "$dir/keys.json")"
refuses "an export over a file that is there" 'cannot make it' "$bellwether" journal export --data "$dir/data" --out "$dir/export"

"$bellwether" receipt rotate-key --data "$dir/data" >"$dir/said"
check "a new key waits" 'takes over' "$(<"$dir/said")"
refuses "a second one" 'waits already' "$bellwether" receipt rotate-key --data "$dir/data"
kill "$(<"$dir/data/run/serve.pid")" # up starts the next one
two_keys() { [[ $(get /.well-known/receipt-keys.json) == *retired_at* ]]; }
await "the next server has the new key and knows the old one" two_keys
get /.well-known/receipt-keys.json >"$dir/keys2.json"
check "an old receipt holds under the new set" 'The receipt holds' "$("$bellwether" receipt verify "$dir/answer.json" --keys "$dir/keys2.json")"
await "signed in again" sign_in
submit essay-6 | sed '$d' >"$dir/answer6.json"
check "a new receipt too" 'The receipt holds' "$("$bellwether" receipt verify "$dir/answer6.json" --keys "$dir/keys2.json")"
refuses "not under the old set" 'not among the known' "$bellwether" receipt verify "$dir/answer6.json" --keys "$dir/keys.json"
proven() { "$bellwether" receipt verify "$dir/answer.json" --keys "$dir/keys2.json" --proof <(get "/v1/journals/$epoch/consistency?from_size=1") | grep -q '(6 groups'; }
await "the first receipt is part of the new key's head" proven

await "all recorded" recorded_are 6
get /.well-known/journal-heads.json | sed 's/^{"heads":\[\(.*\)\]}$/\1/' >"$dir/head.json"
check "an auditor's export" '6 submissions, 6 heads of their receipts, 6 of them proven' \
    "$("$bellwether" submissions export --data "$dir/data" --tenant north-hill --assignment "$assignment" --contents --out "$dir/deadline.zip")"
refuses "an export over a file that is there" 'there is a file already' \
    "$bellwether" submissions export --data "$dir/data" --tenant north-hill --assignment "$assignment" --out "$dir/deadline.zip"
check "verifies with the file alone" 'Every claim holds' "$("$bellwether" submissions verify "$dir/deadline.zip")"
check "and with what was kept elsewhere" 'Every claim holds' \
    "$("$bellwether" submissions verify --keys "$dir/keys2.json" --head "$dir/head.json" "$dir/deadline.zip")"
refuses "under keys that lack one" 'do not hold' "$bellwether" submissions verify --keys "$dir/keys.json" "$dir/deadline.zip"
