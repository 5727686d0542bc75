#!/bin/sh
# Run once by the image of PostgreSQL, after schema.sql and roles.sql: the log-in with which journals are shipped. It may add
# lines and nothing else.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set password="$(cat /run/secrets/postgres-register-password)" <<'SQL'
CREATE ROLE diensan_ship LOGIN PASSWORD :'password' IN ROLE disclosures_writer;
SQL
