import { resolve } from 'node:path';
import { type Credentials, describeTarget, readTarget } from '../database/target.js';
import { type CheckResult, checks, examine, Reader } from '../doctor/index.js';
import { MigratorError } from '../errors/migrator-error.js';
import { trackingOf } from './project.js';

export type { CheckResult };

/** What to look into. */
export interface DoctorProject {
  /** Folder of the config; packages are looked for from here. Absolute. */
  readonly root: string;
  /** Path of the config; or what `loadConfig` has thrown, which is then one check that fails. */
  readonly config?: string | MigratorError | undefined;
  readonly migrationsFolder: string;
  readonly migrationsSchema?: string | undefined;
  readonly migrationsTable?: string | undefined;
  /** Folder that paths in messages are relative to. Default: the working folder. */
  readonly relativeTo?: string | undefined;
  /** Undefined: none is configured, the embedded server of `root` is meant. It is not started. Without a config: none is known. */
  readonly database: string | Credentials | undefined;
}

export interface DoctorReport {
  /** `user@host:port/database`, without password; undefined where there is none to look into. */
  readonly database: string | undefined;
  readonly checks: readonly CheckResult[];
  /** How many checks ended how. */
  readonly counts: Readonly<Record<CheckResult['status'], number>>;
  /** False if one has failed. */
  readonly ok: boolean;
  /** 0 if none has failed, else that of the first that has. */
  readonly exitCode: number;
}

/**
 * Looks into all that a migration depends on: connection, TLS, rights, versions, clocks, files. Writes nothing, anywhere, and
 * starts nothing. One check that fails or hangs does not hide the others. Throws only the reason of the signal.
 *
 * @example
 * const report = await doctor({ root: process.cwd(), migrationsFolder: './drizzle', database: process.env.DATABASE_URL });
 * for (const { title, status, message } of report.checks) console.log(status, title, message);
 */
export async function doctor(
  project: DoctorProject,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onResult?: ((result: CheckResult) => void) | undefined;
  } = {},
): Promise<DoctorReport> {
  const usesEmbedded = project.database === undefined && !(project.config instanceof MigratorError);
  const database = project.database ?? (usesEmbedded ? await embeddedUrlOf(project.root) : undefined);
  const target =
    database === undefined ? undefined : readTarget(typeof database === 'string' ? { url: database } : database);
  const reader = new Reader(target, options.signal);
  try {
    const results = await examine(
      {
        root: project.root,
        config: project.config,
        migrationsFolder: resolve(project.migrationsFolder),
        relativeTo: project.relativeTo ?? process.cwd(),
        tracking: trackingOf(project),
        usesEmbedded,
        target,
        reader,
        now: Date.now,
      },
      checks,
      { signal: options.signal, ...(options.onResult && { onResult: options.onResult }) },
    );
    const count = (status: CheckResult['status']) => results.filter((result) => result.status === status).length;
    const failed = results.find(({ status }) => status === 'fail');
    return {
      database: target && describeTarget(target),
      checks: results,
      counts: { ok: count('ok'), warn: count('warn'), fail: count('fail'), unknown: count('unknown') },
      ok: failed === undefined,
      exitCode: failed?.exitCode ?? 0,
    };
  } finally {
    await reader.close();
  }
}

async function embeddedUrlOf(root: string): Promise<string | undefined> {
  const { embeddedStatus } = await import('../embedded/index.js');
  // What is wrong with its state, the check of it says.
  const server = await embeddedStatus(root).catch(() => undefined);
  return server?.url;
}
