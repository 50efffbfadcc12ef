# Configure and compile one preset, with visible progress. Sourced by ./bw; needs steps.sh and $root.

presets=(dev release asan tsan fuzz)

# As many compilers as there are cores and memory for: a unit with Asio takes about 1.2 GiB.
jobs() {
    if [[ -n ${BW_JOBS:-} ]]; then echo "$BW_JOBS"; return; fi
    awk -v cores="$(nproc)" '/^MemAvailable:/ { fit = int($2 / 1258291); if (fit < 1) fit = 1
        print (fit < cores ? fit : cores) }' /proc/meminfo
}

build() { # build PRESET [ninja targets...]
    local preset=$1 dir=$root/build/$1 start=$SECONDS rc=0
    shift
    command -v clang++-19 >/dev/null && command -v ninja >/dev/null ||
        die "the compiler or ninja is missing: ./bw setup installs them"
    # ccache wants a home even where there is none (some CI runners).
    export CCACHE_DIR=${CCACHE_DIR:-${HOME:-$root/build}/.cache/ccache}
    # Worktrees share what they compiled: paths are taken relative to each one's root.
    export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=true
    if [[ ! -f $dir/build.ninja ]]; then
        rm -f "$root/build/log/configure-$preset.log"
        (cd "$root" && step "configure $preset" "$root/build/log/configure-$preset.log" cmake --preset "$preset") || return
    fi
    if [[ -t 1 ]]; then
        NINJA_STATUS="[$preset %f/%t %es] " ninja -C "$dir" -j "$(jobs)" "$@" || rc=$?
    else
        NINJA_STATUS='[%f/%t] ' ninja -C "$dir" -j "$(jobs)" "$@" </dev/null 2>&1 | occasional_lines "$preset" || rc=$?
    fi
    if ((rc != 0)); then
        say "build $preset: failed after $(elapsed $((SECONDS - start)))"
        return "$rc"
    fi
    say "build $preset: done in $(elapsed $((SECONDS - start)))"
}

# ninja prints a line per file: pass on one every 15 s, and everything that is not such a line (compilers' messages).
occasional_lines() {
    local line last=$SECONDS
    while IFS= read -r line; do
        case $line in
        "ninja: Entering directory"* | "ninja: no work to do."*) ;;
        \[*[0-9]/[0-9]*\]\ *)
            if ((SECONDS - last >= 15)); then
                printf '%s %s\n' "$1" "$line" >&2
                last=$SECONDS
            fi
            ;;
        *) printf '%s\n' "$line" >&2 ;;
        esac
    done
}
