#!/bin/sh
# Holds deploy/compose.yaml and deploy/k8s against schemas of others and against themselves. Installs what it needs into
# target/ when it is missing; a part that cannot be had is a failure, never skipped.
#
#   tests/deploy/run.sh compose
#   tests/deploy/run.sh k8s FOLDER OVERLAY      (a copy of deploy/k8s: a rehearsal needs files that git does not have)
#   tests/deploy/run.sh planted FOLDER OVERLAY
#
# The last line of each is JSON for tests/deploy.rs: commands, configuration, mounts.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tools="$root/target/deploy"
mkdir -p "$tools"
exec 9>"$tools/lock"
flock 9
if ! cmp -s "$here/requirements.txt" "$tools/requirements.txt.installed"; then
    rm -rf "$tools/venv"
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet --requirement "$here/requirements.txt" >&2
    cp "$here/requirements.txt" "$tools/requirements.txt.installed"
fi
exec 9>&-

PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
python="$tools/venv/bin/python"
case "$1" in
compose)
    "$tools/venv/bin/check-jsonschema" --builtin-schema vendor.compose-spec "$root/deploy/compose.yaml" >&2
    exec "$python" "$here/compose.py" "$root/deploy"
    ;;
k8s | planted)
    rendered="$2/$3.rendered.yaml"
    "$here/render.sh" "$2/overlays/$3" "$python" >"$rendered"
    if [ "$1" = k8s ]; then
        # The oldest version that deploy/k8s/README.md names, and the newest that the package has schemas of.
        for version in 1.29.0 1.37.0; do
            "$tools/venv/bin/kubernetes-validate" --strict --quiet -k "$version" "$rendered" >&2
        done
    fi
    exec "$python" "$here/k8s.py" "$1" "$rendered" "$root/deploy/k8s/README.md"
    ;;
*) echo "unknown: $1" >&2; exit 2 ;;
esac
