#!/usr/bin/env bash
# Prints RabbitMQ's users as definitions: users.sh FOLDER_OF_PASSWORDS
# Passwords leave as salted SHA-256 hashes. Bash and coreutils are all that the image surely has.
# A pattern names what the user may configure, write and read; [.] is a dot.
set -euo pipefail
passwords=$1

bytes() { # hexadecimal digits to bytes
    printf '%b' "$(sed 's/../\\x&/g' <<<"$1")"
}

password_hash() { # base64 of the salt and of SHA-256 over salt and password
    local salt digest
    salt=$(od -An -N4 -tx1 /dev/urandom | tr -d ' \n')
    digest=$({ bytes "$salt"; printf '%s' "$1"; } | sha256sum | cut -c1-64)
    bytes "$salt$digest" | base64 -w0
}

users=() permissions=()
user() { # user NAME TAGS CONFIGURE WRITE READ
    local file="$passwords/rabbitmq_${1//-/_}_password" password hash
    password=$(<"$file")
    [ -n "$password" ] || { echo "$file is empty, run deploy/docker/make-secrets.sh" >&2; exit 1; }
    hash=$(password_hash "$password")
    users+=("{\"name\": \"$1\", \"tags\": \"$2\", \"password_hash\": \"$hash\",
      \"hashing_algorithm\": \"rabbit_password_hashing_sha256\"}")
    permissions+=("{\"user\": \"$1\", \"vhost\": \"/\",
      \"configure\": \"$3\", \"write\": \"$4\", \"read\": \"$5\"}")
}

# People and deployments: changes the topology, adds callers, puts dead letters back.
user deploy administrator '.*' '.*' '.*'

user webhook-ingress '' '^$' '^payments[.]webhooks$' '^$'

# It declares the topology again when it starts, and so refuses to run with a queue that is not as
# its code wants it. amq.default is the exchange for replies and for delay queues.
user payment-orchestrator '' '^(orchestrator|payments)[.]' \
    '^(amq[.]default|orchestrator[.].*|payments[.](operations|events|dead-letters?|recent-events))$' \
    '^(orchestrator|payments)[.]'

# It tells what it saw at the gateways, and does nothing else here.
user reconciler '' '^$' '^payments[.]observations$' '^$'

# A service that sends commands and follows events: one line and one password for each.
# Its queues begin with its name, and it sees no other's.
caller() {
    local own="(payments[.]reply[.])?$1[.].*"
    user "$1" '' "^$own\$" "^($own|payments[.]commands)\$" "^($own|payments[.]events)\$"
}
caller shop

join() {
    local IFS=,
    printf '%s' "$*"
}
printf '{"users": [%s],\n "permissions": [%s]}\n' "$(join "${users[@]}")" "$(join "${permissions[@]}")"
