#!/usr/bin/env bash
# Refuses a change of a published package that tells its users nothing. Tests and the like change nothing for them, and may be told by an empty changeset.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"
if ! pnpm exec changeset status --since="$BASE_SHA"; then
  printf '%s\n' '::error title=No changeset::A published package changed. Run `pnpm changeset`, or `pnpm changeset --empty` if its users will not notice, and commit the file.'
  exit 1
fi
