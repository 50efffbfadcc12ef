# What is done to an installation while a storm plays: one event after the other, drawn from a seed, until it is told to end.
# Sourced by tools/storm, which sets `dir`, `up_pid` and the options; each event is written to $dir/events, for the report.

chaos_kinds=(kill-intake kill-primary replace-primary fill-disk fail-sync step-clock)
chaos_signin_kinds=(stall-replica drop-push rotate-keys kill-primary replace-primary)
chaos_pid=''

chaos_has() { [[ ,$chaos, == *,"$1",* ]]; }

# Before the installation starts: what must be there from the beginning.
chaos_prepare() {
    export BW_SYNC_PATH=/journal/ BW_SYNC_FAILS=$dir/sync-fails
    local preload=()
    if chaos_has fail-sync; then
        "$root/bw" build release failing_sync
        preload+=("$root/build/release/tests/integration/libfailing_sync.so")
    fi
    if chaos_has step-clock; then
        preload+=(/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1)
        [[ -r ${preload[-1]} ]] || die "step-clock needs the package libfaketime: ./bw setup installs it"
        echo '+0' >"$dir/clock"
        # The offset is looked for again twice a second; waiting and timeouts go by the real clock.
        export FAKETIME_TIMESTAMP_FILE=$dir/clock FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1
    fi
    installation_preload=$(IFS=:; echo "${preload[*]}")
    if chaos_has fill-disk; then
        ((EUID == 0)) || die "fill-disk mounts a file system for the journal, which root alone may do"
        mkdir -p "$dir/data/journal"
        mount -t tmpfs -o size="$chaos_disk" tmpfs "$dir/data/journal"
    fi
}

chaos_tell() { printf '%s %s\n' "$(date +%s%3N)" "$*" >>"$dir/events"; }

chaos_sql() { sql_at_primary -At -c "$1" 2>/dev/null; }

chaos_sql_at_standby() {
    local socket
    for socket in "$dir"/data/pg/sock "$dir"/data/pg/*/sock; do
        if [[ $(PGCONNECT_TIMEOUT=2 psql -X -At -h "$socket" -U bw -d bellwether -c 'select pg_is_in_recovery()' 2>/dev/null) == t ]]; then
            PGCONNECT_TIMEOUT=2 psql -X -h "$socket" -U bw -d bellwether -At -c "$1" >/dev/null 2>&1
            return
        fi
    done
    return 1
}

# With or without pg_notify: what a lost push does, for all processes at once.
chaos_push() { # chaos_push drop|give
    local push=''
    if [[ $1 == give ]]; then push="select pg_notify('bw_revocations', '');"; fi
    chaos_sql "create or replace function control.take_revocation_epoch() returns bigint language sql security definer
        set search_path = pg_catalog, pg_temp as \$\$ $push update control.revocation_epoch set value = value + 1 returning value \$\$" >/dev/null
}

# What happens is no failure of the script's: a process may be gone already.
chaos_once() {
    local pid
    case $1 in
    kill-intake)
        chaos_tell "intake killed"
        kill -KILL "$(<"$dir/data/run/serve.pid")" || true
        ;;
    kill-primary | replace-primary)
        pid=$(chaos_sql "select pg_read_file('postmaster.pid')" | sed -n 1p) || true
        if [[ -z $pid ]]; then return 0; fi
        if [[ $1 == replace-primary ]]; then
            [[ $(chaos_sql 'select count(*) from pg_stat_replication') == 1 ]] || return 0
            chaos_tell "primary killed, its replica promoted"
        else
            chaos_tell "primary killed"
        fi
        kill -KILL "$pid" || true
        if [[ $1 == replace-primary ]]; then kill -USR1 "$up_pid" || true; fi
        ;;
    stall-replica)
        chaos_tell "the replica replays nothing"
        chaos_sql_at_standby 'select pg_wal_replay_pause()' || true
        sleep 8
        chaos_sql_at_standby 'select pg_wal_replay_resume()' || true
        chaos_tell "it replays again"
        ;;
    rotate-keys)
        "$bellwether" keys rotate --data "$dir/data" --announce-seconds 3 >>"$dir/log/chaos.log" 2>&1 && chaos_tell "tokens are signed with another key"
        ;;
    drop-push)
        chaos_tell "no process is notified any more"
        chaos_push drop || true
        ;;
    fill-disk)
        chaos_tell "the journal's disk full"
        dd if=/dev/zero of="$dir/data/journal/.filler" bs=1M status=none 2>/dev/null || true
        sleep $((5 + RANDOM % 60)) # segments are prepared ahead: it takes some time until it is felt
        rm -f "$dir/data/journal/.filler"
        chaos_tell "room again"
        ;;
    fail-sync)
        chaos_tell "syncs fail"
        touch "$BW_SYNC_FAILS"
        sleep 1
        rm -f "$BW_SYNC_FAILS"
        ;;
    step-clock)
        local offset=$((RANDOM % 1200 - 600))
        chaos_tell "the clock steps to $(printf '%+d' "$offset") s"
        printf '%+d\n' "$offset" >"$dir/clock"
        ;;
    esac
}

# In the background, from some seconds after the call until chaos_end.
chaos_begin() { # chaos_begin SEED SECONDS-BETWEEN
    local kinds
    IFS=, read -ra kinds <<<"$chaos"
    (
        trap - EXIT INT TERM
        set +e
        RANDOM=$1
        while sleep "$2"; do
            chaos_once "${kinds[RANDOM % ${#kinds[@]}]}"
        done
    ) </dev/null >/dev/null 2>&1 &
    chaos_pid=$!
}

# In the background: each of `chaos` once, in that order, evenly over so many seconds.
chaos_each() { # chaos_each SECONDS
    local kinds apart
    IFS=, read -ra kinds <<<"$chaos"
    apart=$(awk -v over="$1" -v count="${#kinds[@]}" 'BEGIN { print over / (count + 1) }')
    (
        trap - EXIT INT TERM
        set +e
        for kind in "${kinds[@]}"; do
            sleep "$apart"
            chaos_once "$kind"
        done
    ) </dev/null >/dev/null 2>&1 &
    chaos_pid=$!
}

# What was taken is given back: the disk, the syncs, the clock. Idempotent.
chaos_end() {
    if [[ -n $chaos_pid ]]; then
        kill "$chaos_pid" 2>/dev/null || true
        wait "$chaos_pid" 2>/dev/null || true
        chaos_pid=''
    fi
    if [[ -n $dir ]]; then
        rm -f "$dir/sync-fails" "$dir/data/journal/.filler"
        if [[ -e $dir/clock ]]; then echo '+0' >"$dir/clock"; fi
    fi
}

chaos_unmount() {
    if [[ -n $dir ]] && mountpoint -q "$dir/data/journal"; then umount -l "$dir/data/journal" || true; fi
}
