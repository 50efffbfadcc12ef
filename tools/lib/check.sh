# What must hold before a change goes in: format, include rules, clang-tidy, chaos, sanitizers. Sourced by ./bw.

cxx_files() { git -C "$root" ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp' '*.h' ':!tests/include_rules_fixture'; }

fmt() ( # fmt [--check]
    cd "$root"
    if [[ ${1:-} != --check ]]; then
        cxx_files | xargs -0 -r -n 40 -P "$(nproc)" clang-format-19 --style=file -i
        exit
    fi
    # Names only: ./bw fmt shows what it would be.
    if ! out=$(cxx_files | xargs -0 -r -n 40 clang-format-19 --style=file --dry-run -Werror 2>&1); then
        awk -F: '/: error: /{ print "  not formatted: " $1 }' <<<"$out" | sort -u >&2
        exit 1
    fi
)

include_rules() { cmake -DROOT="$root" -P "$root/tests/include_rules/check.cmake"; }

# Headers are checked through the sources that include them.
tidy() { # tidy [--changed]
    local files
    build dev || return
    if [[ ${1:-} == --changed ]]; then
        local from
        from=$(git -C "$root" merge-base HEAD origin/main 2>/dev/null || git -C "$root" rev-parse HEAD)
        mapfile -t files < <(git -C "$root" diff --name-only --diff-filter=d "$from" -- '*.cpp')
    else
        mapfile -t files < <(git -C "$root" ls-files '*.cpp')
    fi
    # Only what is compiled here (fuzzers are not, outside their preset).
    mapfile -t files < <(for file in "${files[@]}"; do
        if grep -qF "\"$root/$file\"" "$root/build/dev/compile_commands.json"; then echo "$root/$file"; fi
    done)
    if ((${#files[@]} == 0)); then
        say "  clang-tidy: no changed sources"
        return 0
    fi
    local log=$root/build/log/tidy.log
    rm -f "$log"
    if ! STEP_TAIL=0 step "clang-tidy on ${#files[@]} files" "$log" \
        run-clang-tidy-19 -p "$root/build/dev" -quiet -j "$(jobs)" "${files[@]}"; then
        grep -E -A4 '(warning|error): ' "$log" | sed "s|$root/||" >&2
        return 1
    fi
}

# The tests under a sanitizer; tsan takes the modules whose threads share memory.
sanitized() { # sanitized asan|tsan
    local only=()
    build "$1" || return
    if [[ $1 == tsan ]]; then only=(-R '^(lane|journal|net)_test\.'); fi
    local symbolizer=/usr/bin/llvm-symbolizer-19
    ASAN_SYMBOLIZER_PATH=$symbolizer TSAN_SYMBOLIZER_PATH=$symbolizer UBSAN_SYMBOLIZER_PATH=$symbolizer \
        ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1${ASAN_OPTIONS:+:$ASAN_OPTIONS} \
        UBSAN_OPTIONS=print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS} \
        TSAN_OPTIONS=external_symbolizer_path=$symbolizer:second_deadlock_stack=1${TSAN_OPTIONS:+:$TSAN_OPTIONS} \
        ctest --test-dir "$root/build/$1" --output-on-failure -j "${BW_TEST_JOBS:-2}" --timeout 600 "${only[@]}"
}

chaos() {
    build dev || return
    ctest --test-dir "$root/build/dev" --output-on-failure -L '^chaos$'
}

check() { # check [--changed] [fmt|includes|tidy|chaos|asan|tsan ...]
    local tidy_mode=() steps=() failed=() one
    for one in "$@"; do
        case $one in
        --changed) tidy_mode=(--changed) ;;
        fmt | includes | tidy | chaos | asan | tsan) steps+=("$one") ;;
        *) usage_error check "'$one' is none of its steps" ;;
        esac
    done
    if ((${#steps[@]} == 0)); then steps=(fmt includes tidy chaos asan tsan); fi
    for one in "${steps[@]}"; do
        say "== check: $one"
        case $one in
        fmt) fmt --check || failed+=("fmt (mend it with ./bw fmt)") ;;
        includes) include_rules || failed+=(includes) ;;
        tidy) tidy "${tidy_mode[@]}" || failed+=(tidy) ;;
        chaos) chaos || failed+=(chaos) ;;
        asan | tsan) sanitized "$one" || failed+=("$one") ;;
        esac
    done
    if ((${#failed[@]})); then
        say "check: FAILED: ${failed[*]}"
        return 1
    fi
    say "check: all of ${steps[*]} passed"
}
