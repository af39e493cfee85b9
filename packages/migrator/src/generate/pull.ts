import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { loadModule } from '../config/load-module.js';
import { MigratorError, redact } from '../errors/migrator-error.js';
import { writeFileAtomically } from '../folder/write-file.js';
import { snapshotOf } from './drizzle-kit.js';
import { EMPTY_SNAPSHOT, type Snapshot } from './snapshot.js';

/** What drizzle-kit makes of a database, and what that means. */
export interface Pulled {
  /** The text of `schema.ts`. */
  readonly schema: string;
  /** The text of `relations.ts`; undefined where there are none. */
  readonly relations: string | undefined;
  readonly snapshot: Snapshot;
}

export interface PullOptions {
  readonly root: string;
  /** `dbCredentials`, as drizzle-kit takes them. They go by the environment, not by the command line or a file. */
  readonly credentials: object;
  readonly schemas: readonly string[];
  readonly casing: 'snake_case' | 'camelCase' | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LIMIT_MS = 120_000;

/** Lets the project's own drizzle-kit introspect a database, in a folder that is gone afterwards. Throws `pull-failed`. */
export async function pull(options: PullOptions): Promise<Pulled> {
  const folder = makeFolder(options.root);
  try {
    writeFileAtomically(
      join(folder, 'drizzle.config.mjs'),
      `export default { dialect: 'postgresql', out: './out', schemaFilter: ${JSON.stringify(options.schemas)}, dbCredentials: JSON.parse(process.env.MIGRATOR_PULL_CREDENTIALS) };\n`,
    );
    const said = await runKit(folder, options);
    const read = (name: string) => readFileSync(join(folder, 'out', name), 'utf8');
    let schema: string;
    try {
      schema = withCustomTypes(read('schema.ts'));
      writeFileAtomically(join(folder, 'out', 'schema.ts'), schema);
    } catch {
      // It ends with code 0 on several failures: what it has written counts.
      throw failed('drizzle-kit has introspected the database, and written no schema.', said);
    }
    const relations = read('relations.ts');
    const exports = await loadModule(join(folder, 'out', 'schema.ts')).catch((error: unknown) => {
      throw failed(
        'The schema that drizzle-kit has made of the database cannot be loaded.',
        error instanceof MigratorError
          ? [error.message.replace('The config', 'It'), error.detail].filter(Boolean).join('\n')
          : String(error),
      );
    });
    const snapshot = await snapshotOf(Object.values(exports), {
      root: options.root,
      prevId: EMPTY_SNAPSHOT.id,
      casing: options.casing,
    });
    return { schema, relations: /export const/.test(relations) ? relations : undefined, snapshot };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A type that drizzle-kit does not know, such as a range or a domain, it calls `unknown`, which is nothing; its name stands before it. */
export function withCustomTypes(schema: string): string {
  const known = schema.replace(
    /[^\S\n]*\/\/ TODO: failed to parse database type '([^\n]*)'\n(\s*[^\n]*?:\s*)unknown\(/g,
    (_, type: string, key: string) =>
      `${key}customType<{ data: unknown }>({ dataType: () => ${JSON.stringify(type)} })(`,
  );
  if (known === schema || /import \{[^}]*\bcustomType\b/.test(known)) return known;
  return known.replace(
    /import \{([^}]*)\} from "drizzle-orm\/pg-core"/,
    'import {$1, customType } from "drizzle-orm/pg-core"',
  );
}

/** Below the project's packages, so that the schema finds drizzle-orm. */
function makeFolder(root: string): string {
  const cache = join(root, 'node_modules', '.cache', 'migrator');
  try {
    mkdirSync(cache, { recursive: true });
    return mkdtempSync(join(cache, 'pull-'));
  } catch {
    return mkdtempSync(join(tmpdir(), 'migrator-pull-'));
  }
}

/** Nobody can be asked: its input is closed, and its time is limited. */
function runKit(cwd: string, { root, credentials, signal }: PullOptions): Promise<string> {
  const kit = join(dirname(findKit(root)), 'bin.cjs');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [kit, 'pull', '--config', 'drizzle.config.mjs'], {
      cwd,
      env: { ...process.env, MIGRATOR_PULL_CREDENTIALS: JSON.stringify(credentials) },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
      ...(signal && { signal }),
    });
    let said = '';
    const take = (data: Buffer) => {
      said += data.toString();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', (error) => reject(signal?.aborted ? signal.reason : error));
    child.once('close', () => resolve(said));
  });
}

function findKit(root: string): string {
  try {
    return createRequire(join(root, 'package.json')).resolve('drizzle-kit/api');
  } catch (cause) {
    throw new MigratorError('drizzle-kit-missing', {
      message: 'drizzle-kit is not installed here, and it writes the schema.',
      where: root,
      state: 'Nothing was changed.',
      fix: 'Add it to the project: `npm install --save-dev drizzle-kit@^0.31`.',
      cause,
    });
  }
}

function failed(message: string, said: string): MigratorError {
  return new MigratorError('pull-failed', {
    message,
    detail: redact(stripVTControlCharacters(said)).split('\n').slice(-20).join('\n').trim(),
    state: 'Nothing was changed.',
    fix: 'Leave out what it cannot read with `--ignore <schema>`; or write schema.ts by hand, make the first migration with `migrator generate`, and run `migrator baseline`.',
  });
}
