# How scenarios read their options: "--over 3" and "--over=3" alike. Sourced by tools/storm.

# Options that all have are known here. FLAGS is asked for each word by itself, then VALUES for an option and its value; each returns 1 for what
# it does not know. What comes after "--" goes to `further`.
read_options() { # read_options FLAGS VALUES ARGUMENTS...
    local flags=$1 values=$2 option value
    shift 2
    while (($#)); do
        option=$1
        shift
        case $option in
        -h | --help) usage; exit 0 ;;
        --keep) keep=yes; continue ;;
        --demo) rosters=''; continue ;;
        --) further=("$@"); break ;;
        esac
        if "$flags" "$option"; then continue; fi
        if [[ $option == --*=* ]]; then
            value=${option#*=} option=${option%%=*}
        else
            (($#)) || usage_error "'$option' is none of its options, or lacks its value"
            value=$1
            shift
        fi
        case $option in
        --connections) connections=$value ;;
        --seed) seed=$value ;;
        --rosters) rosters=$value rosters_given=yes ;;
        *) "$values" "$option" "$value" || usage_error "'$option' is none of its options" ;;
        esac
    done
    is_whole "$connections" || usage_error "--connections is a whole number"
    [[ $seed =~ ^[0-9]+$ ]] || usage_error "--seed is a whole number"
    if [[ $rosters_given == yes ]] && ! compgen -G "$rosters/*.zip" >/dev/null; then usage_error "there are no zips in '$rosters'"; fi
}
no_flags() { return 1; }
# Of those with one report: where to.
report_value() {
    case $1 in
    --report) report=$(realpath -m -- "$2") ;;
    --html) html=$(realpath -m -- "$2") ;;
    *) return 1 ;;
    esac
}
