#!/bin/sh
# A known fault of a dependency must fail the check: a database of one advisory, about a package that we build, stands in
# for the real one. git is told to look there; nothing is fetched.
set -eu
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
package=memchr
grep -q "^name = \"$package\"" Cargo.lock
mkdir -p "$folder/database/crates/$package"
cat >"$folder/database/crates/$package/RUSTSEC-2026-9999.md" <<ADVISORY
\`\`\`toml
[advisory]
id = "RUSTSEC-2026-9999"
package = "$package"
date = "2026-11-01"
[versions]
patched = []
\`\`\`

# Planted

There is no such fault.
ADVISORY
git -C "$folder/database" init --quiet --initial-branch main
git -C "$folder/database" add .
git -C "$folder/database" -c user.name=planted -c user.email=planted@example.invalid commit --quiet --message planted
{ printf '[advisories]\ndb-path = "%s/copy"\n' "$folder"; cat deny.toml; } >"$folder/deny.toml"
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$folder/database.insteadOf"
export GIT_CONFIG_VALUE_0=https://github.com/RustSec/advisory-db
if cargo deny --locked --config "$folder/deny.toml" check advisories >"$folder/out" 2>&1; then
    echo "a planted advisory was not found" >&2
    exit 1
fi
grep -q RUSTSEC-2026-9999 "$folder/out" || { cat "$folder/out" >&2; exit 1; }
echo "a planted advisory fails the check"
