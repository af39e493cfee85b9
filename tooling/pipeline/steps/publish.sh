#!/usr/bin/env bash
# Publishes what npm does not have yet, with the tags of the versions.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"
# npm takes provenance only from a package that names the repository it is built in, and only here is it known which one that is.
for folder in packages/migrator packages/db; do
  (cd "$folder" && npm pkg set "repository.type=git" "repository.url=git+$GITHUB_SERVER_URL/$GITHUB_REPOSITORY.git" "repository.directory=$folder")
done
pnpm exec changeset publish
git restore packages/migrator/package.json packages/db/package.json
git push --follow-tags
