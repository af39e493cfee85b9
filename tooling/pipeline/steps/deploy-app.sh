#!/usr/bin/env bash
# Runs DEPLOY_COMMAND, which takes APP to where it runs. How, only the hosting knows.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"
if [ -z "${DEPLOY_COMMAND:-}" ]; then
  name="DEPLOY_$(printf '%s' "$APP" | tr '[:lower:]' '[:upper:]')_COMMAND"
  echo "::error title=Nothing to deploy with::The variable $name of the environment is not set: it is the command that takes $APP to where it runs. See CONTRIBUTING.md, Deployment."
  exit 1
fi
bash -euo pipefail -c "$DEPLOY_COMMAND"
printf -- '- Deployed %s.\n' "$APP" | summary
