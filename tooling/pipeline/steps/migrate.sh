#!/usr/bin/env bash
# Applies the migrations of PHASE. A failure tells on the page of the run what state is left, and how to go on.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
options=(--phase "$PHASE")
if [ "$PHASE" = contract ] && [ "${CONTRACT_WAIT:-0s}" != 0s ]; then options+=(--wait "$CONTRACT_WAIT"); fi

status=0
migrator migrate "${options[@]}" 2>&1 | tee "$log" || status=$?
{
  if [ "$status" = 0 ]; then
    printf '### Migrated: %s\n\n' "$PHASE"
    quote "$log"
  else
    printf '### Migration failed (%s, exit %s): the deployment stops here\n\n' "$PHASE" "$status"
    quote "$log"
    if [ "$PHASE" = expand ]; then
      cat <<'TEXT'

Nothing was deployed: the applications that ran before run on, with the schema that they know.

1. `migrator status` tells what is applied. A migration in a transaction has left nothing; one outside of it goes on where it stopped.
2. The database was busy (a lock, a connection): run the failed jobs again.
3. The migration is wrong: mend it in a pull request. It is not applied, so its file may be changed.
4. What was applied before it has to go too: Actions, deploy, Run workflow, `rollback`, with the last migration that is to stay.
5. Rows are damaged: restore the backup that the step before has made (`migrator restore FILE`).
TEXT
    else
      cat <<'TEXT'

The new applications run, and nothing was taken away: what is left of the old schema costs space, and hurts nobody.

1. Somebody still uses what goes away: the list above says who. End or deploy them, then run this job again (Re-run failed jobs).
2. The migration failed: mend it in a pull request. It is not applied, so its file may be changed.
3. Rows are damaged: restore the backup that the step before has made (`migrator restore FILE`).
TEXT
    fi
  fi
} | summary
exit "$status"
