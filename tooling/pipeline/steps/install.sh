#!/usr/bin/env bash
# The pnpm that package.json pins, and what the lockfile says. pnpm's own install before a run carries on after a failure, so this is a step.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"
npm install --global --no-fund --no-audit --loglevel=error "$(node -p "require('./package.json').packageManager.split('+')[0]")"
pnpm install --frozen-lockfile
