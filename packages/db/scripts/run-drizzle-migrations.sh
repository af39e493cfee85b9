#!/usr/bin/env bash
# Melodia's migrations, from any folder: a thin front for `migrator` and drizzle-kit.
set -euo pipefail

usage() {
  cat >&2 <<'USAGE'
Usage: run-drizzle-migrations.sh <command>

  migrate          apply all pending migrations
  generate NAME    write a migration from the changes in src/schema (NAME as in add_user_preferences)
  status           what is applied, what is pending, who and when
  studio           open Drizzle Studio on the database
  push             put the schema straight into a development database

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

count_migrations() {
  find drizzle/migrations -name '*.sql' ! -name '*.down.sql' | wc -l
}

# drizzle-kit exits 0 on most of its failures: only a new file, or its word that nothing changed, is success.
generate() {
  local name=$1 before said
  shift
  before=$(count_migrations)
  if [ -t 0 ] && [ -t 1 ]; then
    run drizzle-kit generate "--name=$name" "$@" || return 1
    [ "$(count_migrations)" -gt "$before" ] && return
    # Its questions need the terminal, so what it said was not caught: ask once more, without one.
    said=$(run drizzle-kit generate "--name=$name" "$@" </dev/null 2>&1) || return 1
  else
    said=$(run drizzle-kit generate "--name=$name" "$@" 2>&1) || { echo "$said"; return 1; }
    echo "$said"
  fi
  [ "$(count_migrations)" -gt "$before" ] && return
  [[ $said == *'No schema changes'* ]] && return
  echo 'drizzle-kit wrote no migration, although it exited as if it had. Its output above says why.' >&2
  return 1
}

command=${1:-}
[ $# -gt 0 ] && shift
case $command in
  migrate | status) run migrator "$command" "$@" ;;
  generate)
    # drizzle-kit's own spellings, --name=NAME and --name NAME, mean the same.
    if [ "${1:-}" = --name ]; then shift; fi
    [ $# -gt 0 ] && set -- "${1#--name=}" "${@:2}"
    [[ ${1:-} =~ ^[A-Za-z0-9][A-Za-z0-9_-]*$ ]] || usage
    generate "$@"
    ;;
  studio | push) run drizzle-kit "$command" "$@" ;;
  *) usage ;;
esac
