#!/usr/bin/env bash
# turbo.sh TASK…: for what the change touches, where there is something to compare it with; else for everything.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"
if [ -n "${BASE_SHA:-}" ]; then
  export TURBO_SCM_BASE=$BASE_SHA
  exec pnpm exec turbo run "$@" --affected --concurrency=100% --output-logs=errors-only
fi
exec pnpm exec turbo run "$@" --concurrency=100% --output-logs=errors-only
