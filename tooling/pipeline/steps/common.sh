# Read by the other steps: where things are, and how a run is told what happened.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
# Whose drizzle.config.ts says what is migrated.
PROJECT=${MIGRATOR_PROJECT:-$ROOT/packages/db}

migrator() {
  (cd "$PROJECT" && "$ROOT/packages/db/node_modules/.bin/migrator" "$@")
}

# Markdown for the page of the run; on the terminal elsewhere.
summary() {
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat >> "$GITHUB_STEP_SUMMARY"; else cat; fi
}

# The last lines of a file as a block of code.
quote() {
  printf '```\n'
  tail -n 60 "$1"
  printf '```\n'
}
