#!/usr/bin/env bash
# Refuses a schema that was changed without a migration (exit 5).
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
migrator generate --check
