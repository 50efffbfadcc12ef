# `--help` of a benchmark is the comment that it begins with, told before anything is built. Sourced by each, with its arguments in place; the one
# option that it takes, if any, is in `takes`.
for argument in "$@"; do
    if [[ $argument == -h || $argument == --help ]]; then
        sed -n '2,/^set/{/^set/d; s/^# \{0,1\}//p}' "$0"
        exit 0
    fi
    if [[ $argument != "${takes:-}" ]]; then
        printf "%s: '%s' is none of its arguments%s; --help says what it does\n" "${0##*/}" "$argument" "${takes:+, $takes is one}" >&2
        exit 2
    fi
done
