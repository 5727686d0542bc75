#!/bin/sh
# Two SOAP implementations in Python against ours. Installs them into target/ when they are missing; what cannot be
# installed is a failure, never skipped.
#
#   tests/soap-peers/run.sh install                  only installs
#   tests/soap-peers/run.sh client ADDRESS           zeep asks a running simulator
#   tests/soap-peers/run.sh server                   spyne serves the invented people until it is stopped
#   tests/soap-peers/run.sh check ADDRESS            what that server takes and what it refuses
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tools="$root/target/soap-peers"
mkdir -p "$tools"

# What is wanted stands in a file; a copy beside the installation tells whether it is what is there.
if ! cmp -s "$here/requirements.txt" "$tools/requirements.txt.installed"; then
    rm -rf "$tools/venv"
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet --requirement "$here/requirements.txt" >&2
    cp "$here/requirements.txt" "$tools/requirements.txt.installed"
fi

# No byte code beside the sources.
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
case "$1" in
install) ;;
client) exec "$tools/venv/bin/python" "$here/zeep_client.py" "$root" "$2" ;;
server) exec "$tools/venv/bin/python" "$here/spyne_server.py" "$root" ;;
check) exec "$tools/venv/bin/python" "$here/spyne_check.py" "$root" "$2" ;;
*) echo "unknown: $1" >&2; exit 2 ;;
esac
