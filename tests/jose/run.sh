#!/bin/sh
# Another implementation of JOSE, for signatures over answers. Installs it into target/ when it is missing; what cannot be
# installed is a failure, never skipped. Reads one JSON text, writes one (see jose.mjs); with `install` only installs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools="$(cd "$here/../.." && pwd)/target/jose"
mkdir -p "$tools"

# What is wanted stands in a file; a copy beside the installation tells whether it is what is there.
if ! cmp -s "$here/package.json" "$tools/package.json.installed"; then
    cp "$here/package.json" "$tools/package.json"
    npm install --prefix "$tools" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error >&2
    cp "$here/package.json" "$tools/package.json.installed"
fi
if [ "${1:-}" = install ]; then exit 0; fi
exec node "$here/jose.mjs" "$tools"
