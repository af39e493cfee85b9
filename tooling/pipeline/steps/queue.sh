#!/usr/bin/env bash
# The tables of the job queue, which bring migrations of their own: before anything enqueues.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
node "$ROOT/apps/worker/dist/install-queue.js"
