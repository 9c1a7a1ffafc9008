#!/usr/bin/env bash
# Gives the broker its definitions, then becomes it. They are read at every start, so a changed
# password counts from the next one. The folder is in memory.
set -euo pipefail
mkdir -p /tmp/definitions
# Files are read by name, and the virtual host must be there before its permissions.
cp /etc/payments/definitions.json /tmp/definitions/1-topology.json
bash /etc/payments/users.sh /run/secrets > /tmp/definitions/2-users.json
exec docker-entrypoint.sh rabbitmq-server
