#!/bin/sh
# Drives a real Chromium (the system's) over the pages of a running service. What drives it is installed into target/
# when it is missing; a browser that cannot be had is a failure, never skipped.
#
#   tests/browser/run.sh SCRIPT ADDRESS [MORE]…       (tests/pages.rs does; screenshots go to target/screenshots)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tools="$root/target/browser"
script=$1
shift
mkdir -p "$tools" "$root/target/screenshots"
command -v chromium >/dev/null || { echo "chromium is missing: make test-tools installs it" >&2; exit 1; }

# Several tests may come at once; one installs.
(
    flock 9
    if ! cmp -s "$here/package.json" "$tools/package.json.installed"; then
        cp "$here/package.json" "$tools/package.json"
        npm install --prefix "$tools" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error >&2
        cp "$here/package.json" "$tools/package.json.installed"
    fi
) 9>"$tools/lock"

BROWSER_TOOLS="$tools" SCREENSHOTS="$root/target/screenshots" exec node "$here/$script" "$@"
