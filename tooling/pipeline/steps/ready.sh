#!/usr/bin/env bash
# Waits until READY_URL answers 200, for READY_WAIT seconds; what it says instead is told.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
wait=${READY_WAIT:-120}
end=$((SECONDS + wait))
answer=
while :; do
  if answer=$(curl --silent --show-error --max-time 10 --write-out '\n%{http_code}' "$READY_URL" 2>&1) && [ "${answer##*$'\n'}" = 200 ]; then
    printf '%s is ready: %s\n' "$APP" "${answer%$'\n'*}"
    exit 0
  fi
  if [ "$SECONDS" -ge "$end" ]; then break; fi
  sleep 0.3
done
echo "::error title=$APP is not ready::It did not become ready in $wait s. Its last answer is below."
printf '%s\n' "$answer"
printf '### %s is not ready\n\nIts last answer: `%s`. Contract migrations were not applied, so the version before can be deployed again.\n' "$APP" "${answer//$'\n'/ }" | summary
exit 1
