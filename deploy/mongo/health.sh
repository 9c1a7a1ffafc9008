#!/usr/bin/env bash
# Runs health.js and leaves nothing: every mongosh writes a log of its own below its home.
set -euo pipefail
HOME=$(mktemp -d)
export HOME
trap 'rm -rf "$HOME"' EXIT
mongosh --quiet --norc --nodb "${1:-/etc/payments/health.js}"
