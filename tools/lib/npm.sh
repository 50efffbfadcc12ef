# Packages of Node that tests and benchmarks need, from their lock files. Sourced by bash scripts; needs steps.sh and $root.

# Packages are installed again when the lock file or the Node that installed them has changed.
npm_ci() {
    local dir=$1
    if [[ ! -f $dir/package-lock.json ]]; then return 0; fi
    command -v npm >/dev/null || die "npm is missing, and ${dir#"$root"/} needs packages of it: ./bw setup installs Debian's"
    local current
    current="$(node --version) $(sha256sum <"$dir/package-lock.json")"
    if [[ -f $dir/node_modules/.current && $(<"$dir/node_modules/.current") == "$current" ]]; then return 0; fi
    rm -f "$root/build/log/npm.log"
    (cd "$dir" && step "npm ci in ${dir#"$root"/}" "$root/build/log/npm.log" npm ci --no-audit --no-fund) ||
        die "npm could not install the packages of ${dir#"$root"/}; the whole log: build/log/npm.log
Behind a private certificate authority set NODE_EXTRA_CA_CERTS=FILE; behind a mirror set npm's registry."
    printf '%s\n' "$current" >"$dir/node_modules/.current"
}

# The web app, built anew where a source is newer than what was built. Without npm's registry there is no app, and the plain page stands for it.
build_app() {
    local dist=$root/web/app/dist
    if [[ -f $dist/index.html && -z $(find "$root"/web/app/{src,public,tools,package-lock.json} "$root"/web/client/{src,tools} -newer "$dist/index.html" -print -quit) ]]; then return 0; fi
    if (npm_ci "$root/web/client" && npm_ci "$root/web/app" && cd "$root/web/app" && step "web app" "$root/build/log/npm.log" npm run --silent build); then return 0; fi
    say "  going on without the web app: the plain page is at /"
    return 1
}
