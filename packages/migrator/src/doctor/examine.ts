import { sqlstate } from '../database/history.js';
import { MigratorError, redact } from '../errors/migrator-error.js';
import { type Check, type CheckOutcome, type CheckResult, fail, type Patient, unknown } from './types.js';

const TIME_LIMIT = 5000;
const RECONNECT_LIMIT = 3000;

/**
 * Makes the checks one by one, and calls `onResult` after each. None can hide the others: one that fails, throws or hangs has
 * that as its result, and the next one goes on, on another connection if need be. Throws only the reason of the signal.
 */
export async function examine(
  patient: Patient,
  checks: readonly Check[],
  {
    signal,
    onResult,
  }: { readonly signal?: AbortSignal | undefined; readonly onResult?: (result: CheckResult) => void },
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) {
    signal?.throwIfAborted();
    const started = performance.now();
    const outcome = await outcomeOf(check, patient, signal);
    signal?.throwIfAborted();
    const duration = Math.round(performance.now() - started);
    const result = { id: check.id, title: check.title, ...redacted(outcome), duration };
    results.push(result);
    onResult?.(result);
  }
  return results;
}

async function outcomeOf(check: Check, patient: Patient, signal: AbortSignal | undefined): Promise<CheckOutcome> {
  if (check.needs === 'database' && !patient.reader.canRead) {
    // The check of the connection says what to do.
    const isStopped = patient.target === undefined && patient.usesEmbedded;
    return {
      status: 'unknown',
      message: isStopped ? 'The embedded Postgres is not running.' : 'There is no connection.',
    };
  }
  const limit = check.timeLimit ?? TIME_LIMIT;
  let giveUp = () => {};
  let isLate = false;
  const late = new Promise<CheckOutcome>((resolve) => {
    giveUp = () => {
      isLate = true;
      const message = `No answer within ${limit / 1000} s.`;
      resolve(unknown(message, 'Run `migrator doctor` again; if it stays so, ask the server why.'));
    };
  });
  const timer = setTimeout(giveUp, limit);
  signal?.addEventListener('abort', giveUp, { once: true });
  const made = (async () => check.run(patient))().catch(asOutcome);
  const outcome = await Promise.race([made, late]);
  clearTimeout(timer);
  signal?.removeEventListener('abort', giveUp);
  if (isLate) await patient.reader.reconnect(RECONNECT_LIMIT);
  return outcome;
}

/** What was thrown: a fault that has a code is one of the patient; anything else is that the check could not be made. */
function asOutcome(error: unknown): CheckOutcome {
  if (error instanceof MigratorError) {
    const message = error.where ? `${error.message} (${error.where})` : error.message;
    return fail(message, error.fix ?? 'Run `migrator status` for more.', error.exitCode);
  }
  const said = error instanceof Error ? error.message : String(error);
  switch (sqlstate(error)) {
    case '42501':
      return unknown(`The role may not look: ${said}.`, 'Run it with a role that has `pg_monitor`.');
    case '57014':
      return unknown(
        `The server gave the question up: ${said}.`,
        'Run `migrator doctor` again when the server has less to do.',
      );
    default:
      return unknown(`It could not be found out: ${said}.`, 'Run `migrator doctor` again.');
  }
}

function redacted({ message, fix, details, ...rest }: CheckOutcome): CheckOutcome {
  return {
    ...rest,
    message: redact(message),
    ...(fix !== undefined && { fix: redact(fix) }),
    ...(details && { details: details.map(redact) }),
  };
}
