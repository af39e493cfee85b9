#!/usr/bin/env bash
# Melodia's migrations, from any folder: a thin front for `migrator` and drizzle-kit.
set -euo pipefail

usage() {
  cat >&2 <<'USAGE'
Usage: run-drizzle-migrations.sh <command>

  migrate          apply all pending migrations
  rollback         undo the last migration; --steps N, --to TAG, --dry-run
  redo             roll back the last migration and apply it again
  generate NAME    write a migration, and its way back, from the changes in src/schema (NAME as in add_user_preferences)
  check            folder, schema, and every migration up, down and up again on a scratch database
  status           what is applied, what is pending, who and when
  drift            what the database has that its applied migrations do not make
  studio           open Drizzle Studio on the database
  browse           look at tables and rows in the browser, without internet
  push             put the schema straight into a development database; --dry-run, --accept-data-loss

More options of a command may follow it, for example: migrate --dry-run
USAGE
  exit 2
}

# The script may be called by a symbolic link; macOS has no `readlink -f` before 12.3.
script=${BASH_SOURCE[0]}
while [ -L "$script" ]; do
  folder=$(cd -P "$(dirname "$script")" && pwd)
  script=$(readlink "$script")
  case $script in /*) ;; *) script=$folder/$script ;; esac
done
cd -P "$(dirname "$script")/.."

run() {
  local command=$1
  shift
  if [ ! -x "node_modules/.bin/$command" ] || [ ! -d node_modules/@melodia/migrator/dist ]; then
    echo "Melodia is not installed and built yet. Run \`npm start\` in the root of the repository first." >&2
    exit 2
  fi
  "node_modules/.bin/$command" "$@"
}

command=${1:-}
[ $# -gt 0 ] && shift
case $command in
  migrate | rollback | redo | check | status | drift | push | studio | browse) run migrator "$command" "$@" ;;
  generate)
    # drizzle-kit's own spellings, --name=NAME and --name NAME, mean the same.
    if [ "${1:-}" = --name ]; then shift; fi
    [ $# -gt 0 ] && set -- "${1#--name=}" "${@:2}"
    [[ ${1:-} =~ ^[A-Za-z0-9][A-Za-z0-9_-]*$ ]] || usage
    run migrator generate "$@"
    ;;
  *) usage ;;
esac
