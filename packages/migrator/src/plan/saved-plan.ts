import { isDeepStrictEqual } from 'node:util';
import { sha256 } from '../core/hash.js';
import type { FindingCode, Plan } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';

/**
 * A plan as a file. The digest tells a plan that was edited from one that was reviewed. How things stood at the gate is left out: it
 * is asked when the plan runs.
 */
export function savePlan({ gate: _, ...plan }: Plan): string {
  const findings = plan.findings.filter(({ code }) => !isOfGate(code));
  const content = plain({ ...plan, findings }) as object;
  return `${JSON.stringify({ ...content, digest: digestOf(content) }, null, 2)}\n`;
}

export function isOfGate(code: FindingCode): boolean {
  return code === 'gate-closed' || code === 'gate-open';
}

function digestOf(content: object): string {
  return sha256(JSON.stringify(content));
}

/** Reads a plan that `savePlan` wrote. Throws `wrong-usage` for anything else, also for one that was edited since. */
export function parsePlan(text: string, file: string): Plan {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw notAPlan(file, cause);
  }
  if (
    typeof json !== 'object' ||
    json === null ||
    !('version' in json) ||
    !('steps' in json) ||
    !Array.isArray(json.steps)
  )
    throw notAPlan(file);
  if (json.version !== 1) {
    throw new MigratorError('wrong-usage', {
      message: `The plan has version ${String(json.version)}; this release reads version 1.`,
      where: file,
      fix: 'Make it again with `migrator migrate --plan-out`, by the release that will run it.',
    });
  }
  const { digest, ...content } = json as Record<string, unknown>;
  if (digest !== digestOf(content)) {
    throw new MigratorError('wrong-usage', {
      message: 'The plan was edited since it was made.',
      where: file,
      fix: 'Make it again with `migrator migrate --plan-out`, with the options that you want.',
    });
  }
  return content as unknown as Plan;
}

function notAPlan(file: string, cause?: unknown): MigratorError {
  return new MigratorError('wrong-usage', {
    message: 'The file is not a saved plan.',
    where: file,
    fix: `Make one with \`migrator migrate --plan-out ${file}\`.`,
    cause,
  });
}

/**
 * Throws `history-moved` unless the plan made now is the one that was saved: same tracking rows, same migrations, same
 * statements. What was reviewed is what runs. Pure.
 */
export function assertSamePlan(saved: Plan, now: Plan): void {
  if (saved.historyHash !== now.historyHash) {
    throw moved(
      'The tracking table has changed since the plan was made: other migrations were applied or rolled back, or its rows were edited.',
      saved,
    );
  }
  if (!isDeepStrictEqual(comparable(saved), comparable(now))) {
    const different = now.steps.find((step, index) => !isDeepStrictEqual(plain(step), plain(saved.steps[index])))?.tag;
    throw moved(
      `The migrations have changed since the plan was made${different ? `, from \`${different}\` on` : ''}.`,
      saved,
    );
  }
}

/** Paths depend on the folder that the command was started in. */
function comparable({ steps, atomic, direction }: Plan): unknown {
  return plain({ atomic, direction, steps: steps.map((step) => ({ ...step, path: '' })) });
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function moved(message: string, { direction }: Plan): MigratorError {
  return new MigratorError('history-moved', {
    message,
    state: 'Nothing was changed.',
    fix:
      direction === 'up'
        ? 'Make the plan again with `migrator migrate --plan-out FILE`, review it, and run that one.'
        : 'Look at `migrator status`, and decide anew what is to be rolled back.',
  });
}
