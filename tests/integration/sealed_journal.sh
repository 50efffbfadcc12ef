#!/bin/bash
# A failed sync: the student hears "outcome unknown", the server ends and is started again, and the same key then gets a
# receipt; each submission is recorded once. usage: sealed_journal.sh FAILING_SYNC_LIBRARY (environment: BW_BINARY)
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
. "$root/tests/integration/student.sh"
library=$1
[[ -r $library ]] || die "there is no library $library"

scratch=$(mktemp -d /tmp/bw-sync.XXXXXX)
trap 'remove_installation no; rm -rf "$scratch"' EXIT
export BW_SYNC_PATH=/journal/ BW_SYNC_FAILS=$scratch/fails
LD_PRELOAD=$library start_installation
fill_installation ''
await "signed in" sign_in
check "a submission while all is well" 202 "$(submit before)"
first_pid=$(cat "$dir/data/run/serve.pid")

touch "$BW_SYNC_FAILS"
check "a submission while the sync fails" outcome_unknown "$(submit during)"
rm "$BW_SYNC_FAILS"
started_again() { [[ $(cat "$dir/data/run/serve.pid") != "$first_pid" && $(status_of localhost /readyz </dev/null) == 200 ]]; }
await "the server was started again" started_again
check "the log says why" journal_sealed "$(cat "$dir/log/up.log")"
check "the retry with the same key" 202 "$(submit during)"
check "the retry of the one before" 202 "$(submit before)"
await "each is recorded once" recorded_are 2
