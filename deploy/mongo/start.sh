#!/usr/bin/env bash
# Becomes mongod, a member of the replica set rs0, with access control.
set -euo pipefail
# mongod refuses a key file that others may read or that is not its user's, as mounted ones are.
install -m 400 /run/secrets/mongodb_key_file /tmp/key_file
# 60 s is the default; a transaction that somebody left open holds its locks that long.
exec docker-entrypoint.sh mongod --replSet rs0 --keyFile /tmp/key_file --bind_ip_all \
    --wiredTigerCacheSizeGB 0.5 --setParameter transactionLifetimeLimitSeconds=30
