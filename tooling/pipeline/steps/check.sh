#!/usr/bin/env bash
# Every migration that BASE_SHA does not have, in folder, lint and rehearsal: as annotations in a run, and as its summary.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
since=()
if [ -n "${BASE_SHA:-}" ]; then since=(--since "$BASE_SHA"); fi
status=0
migrator check ${since[@]+"${since[@]}"} --format github || status=$?
exit "$status"
