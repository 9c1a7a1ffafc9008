"""The keys of the sandbox's own merchants, printed in its README; they open nothing else."""

TABBY_SECRET_KEY = "sk_test_00000000-0000-4000-8000-000000000001"  # noqa: S105
TAMARA_API_TOKEN = "tamara-sandbox-api-token-1"  # noqa: S105
TAMARA_NOTIFICATION_TOKEN = "11111111-2222-4333-8444-555555555555"  # noqa: S105
MYFATOORAH_API_KEY = "SK_KWT_sandbox_1"
MYFATOORAH_WEBHOOK_SECRET = "myfatoorah-sandbox-webhook-secret/1+=="  # noqa: S105
