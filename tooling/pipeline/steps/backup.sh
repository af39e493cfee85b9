#!/usr/bin/env bash
# Backs the database up if the next step would change it (PHASE; none: it would), and hands the file to STORE_BACKUP_COMMAND. No backup, no migration.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
if [ -n "${PHASE:-}" ]; then
  plan=$(mktemp)
  trap 'rm -f "$plan"' EXIT
  # What would be refused is told by the next step, with everything that belongs to it.
  migrator migrate --phase "$PHASE" --dry-run --json > "$plan" || exit 0
  if ! node -e 'process.exit(JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")).steps.length > 0 ? 0 : 1)' "$plan"; then
    echo "Nothing to apply in phase $PHASE: no backup."
    exit 0
  fi
fi
export BACKUP_FILE="${RUNNER_TEMP:-$ROOT/.backups}/before-${PHASE:-rollback}-${GITHUB_RUN_ID:-local}-${GITHUB_RUN_ATTEMPT:-1}.backup"
mkdir -p "$(dirname "$BACKUP_FILE")"
migrator backup --out "$BACKUP_FILE"
if [ -n "${STORE_BACKUP_COMMAND:-}" ]; then
  bash -euo pipefail -c "$STORE_BACKUP_COMMAND"
else
  echo "::warning title=Backup is not kept::STORE_BACKUP_COMMAND is not set: the backup goes with the runner."
fi
printf -- '- Backed up as `%s`. To restore: `migrator restore %s`\n' "$(basename "$BACKUP_FILE")" "$(basename "$BACKUP_FILE")" | summary
