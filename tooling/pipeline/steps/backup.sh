#!/usr/bin/env bash
# Backs the database up if the next step would change it (PHASE; none: it would), and hands the file to STORE_BACKUP_COMMAND. No backup, no migration.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
if [ -n "${PHASE:-}" ]; then
  plan=$(mktemp)
  trap 'rm -f "$plan"' EXIT
  migrator migrate --phase "$PHASE" --dry-run --json > "$plan" || true
  # A gate that is closed may open while the next step waits; what else would be refused is told there, with all that belongs to it.
  if ! node -e '
    const { steps = [], findings = [] } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    const refused = findings.some(({ code, severity }) => severity === "error" && code !== "gate-closed");
    process.exit(steps.length > 0 && !refused ? 0 : 1)' "$plan"; then
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
