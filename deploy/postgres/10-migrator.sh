#!/bin/sh
# Run once, by the image's entry point, when the cluster is made: the role that migrates owns the database and may make
# roles, but is no superuser.
set -eu
: "${VISION3_MIGRATOR_DB_PASSWORD:?must be set}"
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
     --set password="$VISION3_MIGRATOR_DB_PASSWORD" --set database="$POSTGRES_DB" <<'SQL'
create role vision3_migrator login createrole password :'password';
alter database :"database" owner to vision3_migrator;
SQL
