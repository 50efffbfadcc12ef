#!/bin/sh
# Runs the federation checks, or says what is missing and ends with 77, which CTest shows as skipped.
set -eu
cd "$(dirname "$0")"
skip() { echo "SKIPPED, nobody signed in at a provider: $1" >&2; exit 77; }
: "${BW_BINARY:?path of the bellwether program}"
command -v node >/dev/null || skip "no node (apt-get install nodejs npm)"
[ -d node_modules/oidc-provider ] || skip "no oidc-provider (cd tests/federation && npm ci)"
exec node --test federation.test.mjs
