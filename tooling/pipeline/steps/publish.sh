#!/usr/bin/env bash
# Publishes what npm does not have yet, with the tags of the versions.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"
pnpm exec changeset publish
git push --follow-tags
