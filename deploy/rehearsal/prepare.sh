#!/bin/sh
# Writes what a rehearsal needs and no repository may hold: keys of a journal, the simulator's (invented) secret, a caller and
# its key, and for compose.yaml the log-ins and certificates of the stores beside it. Never writes over anything.
#
#   deploy/rehearsal/prepare.sh FOLDER [stores]
#
# DIENSAN names the program, by default the one of the PATH; "docker run --rm diensan" will do too. As root the files get the
# owners that the containers run as; otherwise do that by hand (the list is at the end).
set -eu
umask 077
folder=$1
what=${2:-service}
: "${DIENSAN:=diensan}"
if [ -e "$folder" ]; then
    echo "$folder is there already: nothing was changed" >&2
    exit 1
fi
mkdir -p "$folder"
random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

random 32 >"$folder/journal-mac"
random 32 >"$folder/journal-citizen"
printf %s 'khong-phai-bi-mat' >"$folder/simulator-secret"

# The key is shown once, on the first line; the configuration gets its hash.
$DIENSAN key new --caller mot-cua >"$folder/key.txt"
{
    echo '[[caller]]'
    echo 'name = "mot-cua"'
    grep "^keys = " "$folder/key.txt"
    echo 'scopes = ["autofill", "verify", "catalog:read"]'
    echo 'agencies = ["*"]'
    echo 'services = ["*"]'
    echo 'attributes = ["*"]'
} >"$folder/callers.toml"
head -n 1 "$folder/key.txt" >"$folder/caller-key"
rm "$folder/key.txt"
chmod 644 "$folder/callers.toml"
echo "a caller's key for the rehearsal is in $folder/caller-key"
[ "$what" = stores ] || exit 0

# A small authority, good for 30 days, and a certificate for each store.
days=30
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days $days -subj /CN=rehearsal \
    -keyout "$folder/ca.key" -out "$folder/ca.pem" 2>/dev/null
for store in valkey postgres; do
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$store" \
        -keyout "$folder/$store.key" -out "$folder/$store.csr" 2>/dev/null
    echo "subjectAltName=DNS:$store" >"$folder/$store.ext"
    openssl x509 -req -in "$folder/$store.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -days $days \
        -extfile "$folder/$store.ext" -out "$folder/$store.pem" 2>/dev/null
    rm "$folder/$store.csr" "$folder/$store.ext"
done
# Whoever has it could make further certificates.
rm "$folder/ca.key" "$folder/ca.srl"
chmod 644 "$folder/ca.pem" "$folder/valkey.pem" "$folder/postgres.pem"

random 24 >"$folder/valkey-password"
echo "user default off" >"$folder/valkey-users.acl"
# What docs/shared-tier.md allows, and no more; the health check pings.
rights="+getrange +pttl +set +get +pexpire +del +eval +evalsha +script|load +publish +subscribe +unsubscribe +ping +zadd +zcard +zscore"
rights="$rights +zcount +zrangebyscore +zremrangebyscore +incr +hget +hset +hincrby +time"
echo "user diensan on >$(cat "$folder/valkey-password") ~diensan:* &diensan:* -@all $rights" >>"$folder/valkey-users.acl"
random 32 >"$folder/cache-seal"
random 32 >"$folder/cache-hash"
random 24 >"$folder/postgres-password"
random 24 >"$folder/register-password"
# The same for the server, which makes the log-in: another user reads it.
cp "$folder/register-password" "$folder/postgres-register-password"
random 24 >"$folder/grafana-password"

if [ "$(id -u)" -eq 0 ]; then
    chmod 711 "$folder"
    own() { owner=$1; shift; for file in "$@"; do chown "$owner" "$folder/$file"; done; }
    own 65532:65532 journal-mac journal-citizen simulator-secret valkey-password cache-seal cache-hash register-password
    own 999:999 valkey-users.acl valkey.key postgres.key postgres-password postgres-register-password
    own 472:0 grafana-password
else
    echo "not root: files for diensan must belong to 65532, those for valkey and postgres to 999, grafana-password to 472" >&2
fi
