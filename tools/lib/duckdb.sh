# DuckDB, which Debian does not have: its library and its header from two npm tarballs, each fixed by its sha512.
# Sourced by ./bw; needs steps.sh and $root. What it takes stands in build/parts/duckdb and is kept until a sum changes.

duckdb_parts=( # package@version, sha512, member of the tarball, file
    "@duckdb/node-bindings-linux-x64@1.5.6-r.1
IXcrZJE6kEqM0Z4wwdVnGBHX/frOS33VPNAwDXQ/Q+Fs84b058Qe94chrCCIcNJlG8Y3UHIUU4eBeCQxW5mN1Q==
package/libduckdb.so lib/libduckdb.so"
    "duckdb@1.4.4
hEJJ5hyVF0VLj3dmOLpsWrQR0b3d4Ykqtygm6iUXjHJDDnSqg/USKxcb5qvNrOhFYPgktayU6dXCtgPqcmmpog==
package/src/duckdb/src/include/duckdb.h include/duckdb.h"
)

# Installs DuckDB where it is missing, or is another than the one named above.
fetch_duckdb() {
    local to=$root/build/parts/duckdb
    local wanted="${duckdb_parts[*]}"
    if [[ -f $to/current && $(<"$to/current") == "$wanted" ]]; then return 0; fi
    [[ $(uname -m) == x86_64 ]] || die "DuckDB is taken for amd64 only, and this machine is $(uname -m)"
    rm -f "$root/build/log/duckdb.log"
    step "DuckDB (35 MB by npm)" "$root/build/log/duckdb.log" take_duckdb "$to" ||
        die "DuckDB could not be installed; the whole log: build/log/duckdb.log
Behind a private certificate authority set NODE_EXTRA_CA_CERTS=FILE; behind a mirror set npm's registry."
    printf '%s\n' "$wanted" >"$to/current"
}

# Packs, never installs: no script of a package runs. A file appears under its name when it is whole.
take_duckdb() ( # take_duckdb DIRECTORY
    set -e
    mkdir -p "$1/lib" "$1/include"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    for part in "${duckdb_parts[@]}"; do
        read -r -d '' package sum member file <<<"$part" || true
        tarball=$work/$(cd "$work" && npm pack "$package" --silent | tail -n 1)
        found=$(sha512sum "$tarball" | cut -d ' ' -f 1 | tr a-f A-F | basenc --base16 -d | base64 -w 0)
        [[ $found == "$sum" ]] || { echo "$package: its sha512 is $found, not $sum" >&2; exit 1; }
        tar -xzOf "$tarball" "$member" >"$1/$file.part"
        mv "$1/$file.part" "$1/$file"
    done
)
