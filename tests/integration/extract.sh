#!/bin/bash
# `bellwether extract`, which the sandbox calls: refuses what is no document, by its exit status and without a word.
set -euo pipefail
said=$(printf 'PK\3\4 and nothing else' | "$BW_BINARY" extract 2>&1) && status=0 || status=$?
[[ $status == 3 && -z $said ]] || { echo "status $status, said '$said'"; exit 1; }
