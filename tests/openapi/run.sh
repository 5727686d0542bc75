#!/bin/sh
# Two outside tools over the description of the API. Installs them into target/ when they are missing; what cannot be
# installed is a failure, never skipped.
#
#   tests/openapi/run.sh install                 only installs; two at once would disturb each other
#   tests/openapi/run.sh lint FILE               Redocly's recommended rules; prints its findings as JSON
#   tests/openapi/run.sh probe ADDRESS COUNT     Schemathesis: COUNT random requests for each operation of a running service
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools="$(cd "$here/../.." && pwd)/target/openapi"
mkdir -p "$tools"

# What is wanted stands in two files; a copy beside the installation tells whether it is what is there.
if ! cmp -s "$here/package.json" "$tools/package.json.installed"; then
    cp "$here/package.json" "$tools/package.json"
    npm install --prefix "$tools" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error >&2
    cp "$here/package.json" "$tools/package.json.installed"
fi
if ! cmp -s "$here/requirements.txt" "$tools/requirements.txt.installed"; then
    rm -rf "$tools/venv"
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet --requirement "$here/requirements.txt" >&2
    cp "$here/requirements.txt" "$tools/requirements.txt.installed"
fi

cd "$tools"
REDOCLY_TELEMETRY=off
export REDOCLY_TELEMETRY
case "$1" in
install) ;;
lint) exec "$tools/node_modules/.bin/redocly" lint --format=json "$2" ;;
# What a text means (a card, a number) is beyond its schema, so a request that fits the schema may still be refused.
probe) exec "$tools/venv/bin/schemathesis" run "$2/openapi.json" --phases examples,coverage,fuzzing --max-examples "$3" \
    --exclude-checks positive_data_acceptance --workers 1 --no-color ;;
*) echo "unknown: $1" >&2; exit 2 ;;
esac
