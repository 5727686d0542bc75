#!/bin/sh
# Builds the clients and runs their tests. Tools go into target/; what cannot be installed is a failure, never skipped.
#
#   tests/clients/run.sh build DESCRIPTION        types from the description, which must be those that are checked in; tsc
#   tests/clients/run.sh typescript ADDRESS       the tests of each against a running service
#   tests/clients/run.sh python ADDRESS
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
source="$root/clients/typescript"
tools="$root/target/clients"
mkdir -p "$tools"

case "$1" in
build)
    if ! cmp -s "$source/package.json" "$tools/package.json.installed"; then
        cp "$source/package.json" "$tools/package.json"
        npm install --prefix "$tools" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error >&2
        cp "$source/package.json" "$tools/package.json.installed"
    fi
    "$tools/node_modules/.bin/openapi-typescript" "$2" --output "$tools/schema.ts" >&2
    cmp "$tools/schema.ts" "$source/src/schema.ts" || {
        echo "clients/typescript/src/schema.ts is not made from the description: copy target/clients/schema.ts over it" >&2
        exit 1
    }
    "$tools/node_modules/.bin/tsc" --project "$source/tsconfig.json" --outDir "$tools/dist"
    ;;
typescript) exec node --test-reporter=spec --test "$here/client_test.mjs" ;;
python)
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$root/clients/python" exec python3 "$here/client_test.py"
    ;;
*) echo "unknown: $1" >&2; exit 2 ;;
esac
