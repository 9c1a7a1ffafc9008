#!/bin/sh
# Makes the passwords that docker-compose.yml asks for. What is there already stays as it is.
#   sh deploy/docker/make-secrets.sh
set -eu
folder=${1:-$(dirname "$0")/secrets}

# On this machine the folder is closed to others. The files inside are readable, because each is
# mounted into containers whose users this machine does not know.
mkdir -p "$folder/gateway-keys" "$folder/webhook-secrets"
chmod 700 "$folder"
chmod 755 "$folder/gateway-keys" "$folder/webhook-secrets"
umask 022

keep() { # keep FILE CONTENT
    [ -s "$folder/$1" ] || printf '%s\n' "$2" > "$folder/$1"
}

random() { # random BYTES, as hexadecimal digits
    od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}

for name in rabbitmq_deploy rabbitmq_webhook_ingress rabbitmq_payment_orchestrator \
    rabbitmq_reconciler rabbitmq_shop \
    mongodb_admin mongodb_payment_orchestrator mongodb_reconciler; do
    keep "${name}_password" "$(random 32)"
done
keep mongodb_key_file "$(random 256)"
keep status_token_keys "$(random 32)"

# The sandbox's one merchant has a key that everybody knows.
keep gateway-keys/sandbox sk_test_00000000-0000-4000-8000-000000000001
keep webhook-secrets/sandbox "$(random 32)"
keep gateway-keys/sandbox-tamara tamara-sandbox-api-token-1
keep webhook-secrets/sandbox-tamara 11111111-2222-4333-8444-555555555555
keep gateway-keys/sandbox-myfatoorah SK_KWT_sandbox_1
keep webhook-secrets/sandbox-myfatoorah 'myfatoorah-sandbox-webhook-secret/1+=='
