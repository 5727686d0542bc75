#!/bin/sh
# Holds the schemas and our verdicts against other implementations: ajv (JavaScript), jsonschema (Python), and the
# language service that editors run. Installs them into target/ when they are missing; a part that cannot be installed
# is a failure, never skipped.
#
#   tests/schema-validators/run.sh INSTANCES        (a file that tests/outside_validators.rs writes)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tools="$root/target/schema-validators"
instances=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
mkdir -p "$tools"

# What is wanted stands in two files; a copy beside the installation tells whether it is what is there.
if ! cmp -s "$here/package.json" "$tools/package.json.installed"; then
    cp "$here/package.json" "$tools/package.json"
    npm install --prefix "$tools" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error >&2
    cp "$here/package.json" "$tools/package.json.installed"
fi
if ! cmp -s "$here/requirements.txt" "$tools/requirements.txt.installed"; then
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$tools/requirements.txt.installed"
fi

status=0
node "$here/ajv.mjs" "$root" "$tools" "$instances" || status=1
"$tools/venv/bin/python" "$here/validate.py" "$root" "$instances" || status=1
node "$here/editor.mjs" "$root" "$tools" || status=1
exit $status
