#!/usr/bin/env bash
# Undoes the last migration, or all after ROLLBACK_TO. What data would be lost is told before; the protected environment has asked already.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
options=()
if [ -n "${ROLLBACK_TO:-}" ]; then options=(--to "$ROLLBACK_TO"); fi
status=0
{ migrator rollback ${options[@]+"${options[@]}"} --dry-run && migrator rollback ${options[@]+"${options[@]}"} --yes; } 2>&1 | tee "$log" || status=$?
{
  if [ "$status" = 0 ]; then printf '### Rolled back\n\n'; else printf '### Rollback failed (exit %s)\n\n`migrator status` tells what is left.\n\n' "$status"; fi
  quote "$log"
} | summary
exit "$status"
