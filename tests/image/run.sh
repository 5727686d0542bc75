#!/bin/sh
# Executes the Dockerfile without a container engine and runs what comes out of it: tests/image/image.py says how.
#
#   tests/image/run.sh             the program of the dev profile stands in for the one of the dist profile
#   tests/image/run.sh dist        the builder's stage as it stands (takes as long as a release)
#
# Needs root: it changes the root folder, the owner of files, and mounts. The builder's base cannot be pulled without a
# registry; a Debian of debootstrap with what rust:*-slim holds besides the toolchain stands in for it, and the toolchain
# of this machine is mounted into it. The suite is the one of this machine, because its program is linked here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work="$root/target/image"
mode="${1:-dev}"
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
PATH="$PATH:/usr/sbin:/sbin"
mkdir -p "$work/$mode"

suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
# Tests that run at once would make the base twice, or the same stage.
exec 8>"$work/$mode/lock" 9>"$work/lock"
flock 8
flock 9
if [ "$(cat "$work/base.complete" 2>/dev/null)" != "$suite" ]; then
    command -v debootstrap >/dev/null || "$root/.ci/apt-install" debootstrap
    $as_root rm -rf "$work/base"
    $as_root debootstrap --variant=minbase --include=ca-certificates,gcc,libc6-dev "$suite" "$work/base" >"$work/debootstrap.log" 2>&1 ||
        { tail -20 "$work/debootstrap.log" >&2; exit 1; }
    echo "$suite" >"$work/base.complete"
fi
exec 9>&-
# Mounts, network and processes of its own: whatever happens, nothing of it stays.
exec $as_root unshare --mount --propagation private --net --pid --fork --kill-child --mount-proc \
    python3 "$here/image.py" "$root" "$work" "$mode" "${DIENSAN_TEST_BINARY:-$root/target/debug/diensan}"
