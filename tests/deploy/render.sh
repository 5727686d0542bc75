#!/bin/sh
# Prints what an overlay comes to, by kustomize 5, alone or inside of kubectl.
#
#   tests/deploy/render.sh OVERLAY
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
kustomize_of_kubectl() { kubectl version --client 2>/dev/null | grep -q '^Kustomize Version: v5'; }
if command -v kustomize >/dev/null; then
    exec kustomize build "$1"
fi
kustomize_of_kubectl || "$root/.ci/apt-install" kubernetes-client >&2
if ! kustomize_of_kubectl; then
    echo "kustomize 5 or kubectl 1.27 is needed; the kubernetes-client of this Debian is older" >&2
    exit 1
fi
exec kubectl kustomize "$1"
