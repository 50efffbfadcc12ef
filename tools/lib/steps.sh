# Steps that show themselves: one line each, with the time it took; the noise goes to a log. Sourced by bash scripts.
# What a step does belongs in the script that calls it.

steps_tty=no
if [[ -t 2 && ${TERM:-dumb} != dumb ]]; then steps_tty=yes; fi
ticker=

say() { printf '%s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

elapsed() { # elapsed SECONDS -> 42s, 3m07s
    if (($1 < 60)); then printf '%ds' "$1"; else printf '%dm%02ds' $(($1 / 60)) $(($1 % 60)); fi
}

# On a terminal the line is rewritten each second; elsewhere a line every 30 s says that we are alive, and at what.
# The ticker holds none of the caller's pipes while it sleeps and ends when the caller is gone.
start_ticker() { # start_ticker TITLE LOG
    (
        trap - EXIT INT TERM
        start=$SECONDS
        while sleep 1 </dev/null >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
            t=$((SECONDS - start))
            if [[ $steps_tty == yes ]]; then
                printf '\r  %-62s %s ' "$1" "$(elapsed $t)" >&2
            elif ((t % 30 == 0)); then
                printf '  %-62s %s ... %.60s\n' "$1" "$(elapsed $t)" "$(tail -n 1 "$2" 2>/dev/null)" >&2
            fi
        done
    ) </dev/null >/dev/null &
    ticker=$!
}

stop_ticker() {
    if [[ -n $ticker ]]; then
        kill "$ticker" 2>/dev/null || true
        wait "$ticker" 2>/dev/null || true
        ticker=
    fi
}

# step TITLE LOG COMMAND...: runs COMMAND with its output appended to LOG. On failure: the log's tail, and the exit code.
step() {
    local title=$1 log=$2 start=$SECONDS rc=0
    shift 2
    mkdir -p "$(dirname "$log")"
    start_ticker "$title" "$log"
    # The command stays in the foreground, so Ctrl-C reaches it.
    "$@" </dev/null >>"$log" 2>&1 || rc=$?
    stop_ticker
    if [[ $steps_tty == yes ]]; then printf '\r' >&2; fi
    if ((rc == 0)); then
        printf '  %-62s %s\n' "$title" "$(elapsed $((SECONDS - start)))" >&2
    else
        printf '  %-62s failed (%d) after %s\n' "$title" "$rc" "$(elapsed $((SECONDS - start)))" >&2
        say "  --- the end of $log"
        tail -n "${STEP_TAIL:-25}" "$log" | sed 's/^/  | /' >&2
        say "  ---"
    fi
    return "$rc"
}
