# What Debian must provide, and how it is installed: only what is missing, nothing upgraded, nothing started.
# Sourced by ./bw; needs steps.sh, duckdb.sh and $root.

# `up` and `run`: compile and serve. Node and npm, for the web app, are added only where the machine has none of its own.
packages_run=(
    clang-19 lld-19 cmake ninja-build ccache pkg-config git ca-certificates curl
    libboost1.81-dev libssl-dev libsodium-dev libpq-dev libsimdjson-dev libarchive-dev libspdlog-dev
    libfmt-dev libcli11-dev libxxhash-dev prometheus-cpp-dev libnats-dev zlib1g-dev libcurl4-openssl-dev libqrencode-dev libpugixml-dev libgtest-dev libgmock-dev
    libutf8proc-dev libseccomp-dev libhowardhinnant-date-dev libical-dev
    postgresql-15 poppler-utils
)
# `test`: what the tests talk to.
packages_test=(clamav-daemon clamav nats-server chromium fonts-dejavu-core nginx libnginx-mod-rtmp ffmpeg janus coturn openssl nftables libfaketime jq swift swift-proxy swift-account swift-container swift-object)
# `check`, `fuzz`, `bench`: analysers, sanitizers, what a benchmark measures with and against.
packages_all=(clang-tidy-19 clang-format-19 llvm-19 libclang-rt-19-dev wrk procps redis-server)

setup() { # setup run|test|all
    local wanted=("${packages_run[@]}")
    case $1 in
    run) ;;
    test) wanted+=("${packages_test[@]}") ;;
    all) wanted+=("${packages_test[@]}" "${packages_all[@]}") ;;
    *) usage_error setup "--for takes run, test or all" ;;
    esac
    command -v node >/dev/null || wanted+=(nodejs)
    command -v npm >/dev/null || wanted+=(npm)
    command -v dpkg-query >/dev/null || die "this machine has no dpkg: Bellwether is built on Debian 12 (see CONTRIBUTING.md)"

    local missing
    mapfile -t missing < <(missing_of "${wanted[@]}")
    if ((${#missing[@]})); then install_missing "${missing[@]}"; fi
    fetch_duckdb
}

install_missing() {
    local missing=("$@")
    say "Setting up: ${#missing[@]} Debian packages are missing (${missing[*]})"
    if ((EUID != 0)); then
        command -v sudo >/dev/null || die "installing needs root, and there is no sudo; as root run:
  apt-get install --no-install-recommends ${missing[*]}"
        # Asks for the password once, in the open, before output goes to the log. Without a terminal it must not ask.
        if [[ -t 0 ]]; then sudo -v; else sudo -n true; fi ||
            die "sudo refused; as root run:  apt-get install --no-install-recommends ${missing[*]}"
    fi
    install_packages "${missing[@]}"
}

# The names that are not installed, one a line. apt is never told a name that is: it would upgrade it.
missing_of() {
    local installed
    installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
        awk '$2 == "installed" { print $1 }') || true
    printf '%s\n' "$@" | grep -vxF -f <(printf '%s\n' "$installed" | grep .) || true
}

as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -q -y \
        -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
        -o Dpkg::Use-Pty=0 "$@"
}

# A subshell, so that its EXIT trap takes the two drop-ins away whatever happens.
install_packages() (
    log=$root/build/log/setup.log
    policy=/usr/sbin/policy-rc.d
    no_cluster=/etc/postgresql-common/createcluster.d/bellwether.conf
    ours=()
    trap 'stop_ticker; if ((${#ours[@]})); then as_root rm -f "${ours[@]}"; fi' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    mkdir -p "${log%/*}"
    : >"$log"

    # Debian starts services when it installs them; this machine's owner did not ask for that.
    if [[ ! -e $policy ]]; then
        ours+=("$policy")
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    # `bellwether up` makes a private cluster of its own; Debian's main cluster would only be in the way.
    if [[ ! -e $no_cluster && " $* " == *" postgresql-15 "* ]]; then
        ours+=("$no_cluster")
        as_root mkdir -p "${no_cluster%/*}"
        echo 'create_main_cluster = false' | as_root tee "$no_cluster" >/dev/null
    fi

    # A foreign source that does not answer must not stop us: the install decides.
    step "apt-get update" "$log" apt update || say "  going on with the package lists that are there"
    if ! step "apt-get install ($# packages and what they need)" "$log" \
        apt install --no-install-recommends --no-upgrade "$@"; then
        say "Set-up failed. The whole log: $log
Usual causes: no network or proxy for apt, sources other than Debian 12 (bookworm), a full disk,
another apt at work. After mending it, the same command goes on from here."
        exit 1
    fi
    rest=$(missing_of "$@")
    if [[ -n $rest ]]; then die "apt reported success, but these are not installed: ${rest//$'\n'/ }"; fi
)
