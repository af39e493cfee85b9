import type { ConnectionTarget } from '../database/target.js';
import type { TrackingNames } from '../database/tracking.js';
import type { MigratorError } from '../errors/migrator-error.js';
import type { Reader } from './reader.js';

/** `unknown`: it could not be found out; the message says why. */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'unknown';

/** What a check has found. */
export interface CheckOutcome {
  readonly status: CheckStatus;
  /** What is the case, as a full sentence. */
  readonly message: string;
  /** What to type or change; always there where something is wrong. */
  readonly fix?: string;
  /** Names of what is meant, one each: indexes, sessions, findings. */
  readonly details?: readonly string[];
  /** Only of a failure: the exit code of the command that would have failed of it. */
  readonly exitCode?: number;
}

export interface CheckResult extends CheckOutcome {
  readonly id: string;
  readonly title: string;
  /** Milliseconds. */
  readonly duration: number;
}

/** Whose health is looked into. */
export interface Patient {
  /** Folder of the config: installed packages are looked for from here. Absolute. */
  readonly root: string;
  /** Its file; or what is wrong with it, and then the rest is what can be known without; undefined where none is in use. */
  readonly config: string | MigratorError | undefined;
  /** Absolute. */
  readonly migrationsFolder: string;
  /** Folder that paths in messages are relative to. */
  readonly relativeTo: string;
  readonly tracking: TrackingNames;
  /** No database is configured: the embedded server is meant. */
  readonly usesEmbedded: boolean;
  /** Undefined where the embedded server is meant and does not run, and where no database is known. */
  readonly target: ConnectionTarget | undefined;
  readonly reader: Reader;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** One thing that can be looked into. It writes nothing, to no disk and no database. */
export interface Check {
  /** In kebab-case, permanent: scripts compare it. */
  readonly id: string;
  readonly title: string;
  /** `database`: is not tried where there is no connection. */
  readonly needs: 'nothing' | 'database';
  /** Milliseconds after which it is given up, so that it does not hide the others. Default: 5000. */
  readonly timeLimit?: number;
  run(patient: Patient): CheckOutcome | Promise<CheckOutcome>;
}

export function ok(message: string, details?: readonly string[]): CheckOutcome {
  return { status: 'ok', message, ...(details && { details }) };
}

export function warn(message: string, fix: string, details?: readonly string[]): CheckOutcome {
  return { status: 'warn', message, fix, ...(details && { details }) };
}

export function unknown(message: string, fix: string, details?: readonly string[]): CheckOutcome {
  return { status: 'unknown', message, fix, ...(details && { details }) };
}

export function fail(message: string, fix: string, exitCode: number, details?: readonly string[]): CheckOutcome {
  return { status: 'fail', message, fix, exitCode, ...(details && { details }) };
}
