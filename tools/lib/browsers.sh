# A share of a storm's people who come with a real browser and the web app (tests/browser/storm_browsers.mjs).
# Sourced by tools/storm, which sets `dir`, `port`, `browsers` and `over`.

browsers_pid=''

browsers_required() {
    if command -v node >/dev/null && [[ -d $root/tests/browser/node_modules/playwright-core && -x ${BW_CHROMIUM:-/usr/bin/chromium} ]] && build_app; then return 0; fi
    say "SKIPPED, nobody can come with a browser: needs node, chromium, and \`npm ci\` in tests/browser, web/client and web/app"
    exit 77
}

# browsers_begin SCENARIO: those of $dir/browsers.jsonl, who come evenly over the storm.
browsers_begin() {
    awk -v over="$over" -v n="$browsers" '{ sub(/}$/, sprintf(",\"at_ms\":%d}", (NR - 0.5) * over * 1000 / n)); print }' "$dir/browsers.jsonl" |
        node "$root/tests/browser/storm_browsers.mjs" "$1" "$port" "$dir/browsers.json" >"$dir/log/browsers.log" 2>&1 &
    browsers_pid=$!
}

# Students of the plan who hand in with a browser: out of the plan, and with their names.
browsers_choose() {
    grep '"kind":"student"' "$dir/plan.jsonl" | tail -n "$browsers" >"$dir/chosen.jsonl"
    grep -vxF -f "$dir/chosen.jsonl" "$dir/plan.jsonl" >"$dir/others.jsonl"
    mv "$dir/others.jsonl" "$dir/plan.jsonl"
    sql_at_primary -At -v ON_ERROR_STOP=1 <<<"select json_build_object('usr_' || replace(user_id::text, '-', ''), username) from users where username is not null" |
        jq -s add >"$dir/names.json"
    jq -c --slurpfile names "$dir/names.json" '{host, assignment_id, username: $names[0][.user_id]}' "$dir/chosen.jsonl" >"$dir/browsers.jsonl"
}

# Until all of them have signed in and written.
browsers_ready() {
    local end=$((SECONDS + 300))
    until [[ -e $dir/browsers.json.ready ]]; do
        kill -0 "$browsers_pid" 2>/dev/null && ((SECONDS < end)) || return 1
        sleep 0.2
    done
}

# Waits for them, says how they fared, and adds it to the report. Fails if one of them did not come through.
browsers_end() { # browsers_end REPORT
    local rc=0
    wait "$browsers_pid" || rc=$?
    browsers_pid=''
    headline "those with a browser"
    cat "$dir/log/browsers.log" >&2
    if [[ -s $dir/browsers.json && -s $1 ]]; then jq --slurpfile b "$dir/browsers.json" '. + {browsers: $b[0]}' "$1" >"$1.new" && mv "$1.new" "$1"; fi
    return "$rc"
}
browsers_stop() { if [[ -n $browsers_pid ]]; then kill "$browsers_pid" 2>/dev/null || true; fi; }
