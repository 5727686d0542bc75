#!/bin/sh
# Prints what an overlay comes to: by kustomize 5, alone or inside of kubectl, where one of them is; otherwise by render.py,
# which knows what our overlays use and refuses everything else. (No registry that is asked here has kustomize, and Debian 12
# has one of version 2 only.) Where kustomize is, render.py has to say the same.
#
#   tests/deploy/render.sh OVERLAY PYTHON
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if command -v kustomize >/dev/null; then
    theirs="kustomize build"
elif kubectl version --client 2>/dev/null | grep -q '^Kustomize Version: v5'; then
    theirs="kubectl kustomize"
else
    echo "no kustomize 5 here: $1 is rendered by render.py" >&2
    exec "$2" "$here/render.py" "$1"
fi
both=$(mktemp -d)
trap 'rm -rf "$both"' EXIT
$theirs "$1" >"$both/theirs"
"$2" "$here/render.py" "$1" >"$both/ours"
"$2" "$here/render.py" same "$both/ours" "$both/theirs"
cat "$both/theirs"
