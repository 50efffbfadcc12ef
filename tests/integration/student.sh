# What a student does against an installation of its own, in words that a test script reads well in. Sourced; needs `root`.

. "$root/tools/lib/installation.sh"

check() { # check WHAT EXPECTED ACTUAL: does the one contain the other?
    if [[ $3 == *"$2"* ]]; then
        say "  ok: $1"
    else
        die "$1: expected '$2', got '${3:0:600}'; $(tail -n 5 "$dir/log/up.log")"
    fi
}

await() { # await WHAT COMMAND...: until it succeeds, at most 60 s
    local what=$1 end=$((SECONDS + 60))
    shift
    until "$@"; do
        ((SECONDS < end)) || die "$what did not come about in 60 s; $(tail -n 5 "$dir/log/up.log")"
        sleep 0.1
    done
    say "  ok: $what"
}

# The running server learns of new institutions within a second or two, so signing in is awaited.
sign_in() { # sets token, assignment
    host=http://north-hill.localhost:$port
    token=$(curl -s "$host/v1/sessions" -H 'Content-Type: application/json' -d '{"username":"ada","password":"bell-at-nine"}' |
        sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
    [[ -n $token ]] || return 1
    assignment=$(curl -s "$host/v1/assignments" -H "Authorization: Bearer $token" | grep -o 'asg_[0-9a-f]*' | sed -n 1p)
}

submit() { # submit KEY: the answer, and its status on the last line
    curl -s -w '\n%{http_code}' "$host/v1/submissions" -H "Authorization: Bearer $token" -H "Idempotency-Key: $1" \
        -H 'Content-Type: application/json' -d "{\"assignment_id\":\"$assignment\",\"text\":\"text of $1\"}"
}

recorded_are() { # recorded_are N
    [[ $(psql -X -At -h "$dir/data/pg/sock" -U bw -d bellwether -c 'select count(*) from submissions' 2>/dev/null) == "$1" ]]
}
