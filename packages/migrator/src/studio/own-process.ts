import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Server } from 'node:net';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadSchemaExports } from '../generate/load-schema.js';
import type { StudioOrder } from './start.js';

/** A process of its own: drizzle-kit's Studio server cannot be stopped otherwise. It is told what to do on its standard input. */
type Start = (imports: Record<string, unknown>, credentials: object, options: object) => Promise<void>;

/** Where the start of the server is, in drizzle-kit 0.31 and in 1.0. */
const ENTRIES = [
  ['drizzle-kit/api', 'startStudioPostgresServer'],
  ['drizzle-kit/api-postgres', 'startStudioServer'],
] as const;

async function startOf(root: string): Promise<Start> {
  const { resolve } = createRequire(join(root, 'package.json'));
  for (const [entry, name] of ENTRIES) {
    let path: string;
    try {
      path = resolve(entry);
    } catch {
      continue;
    }
    // The schema is loaded as ES modules; the twin of that kind shares drizzle-orm with it.
    const twin = join(dirname(path), `${entry.split('/')[1]}.mjs`);
    const module = (await import(pathToFileURL(existsSync(twin) ? twin : path).href)) as Record<string, unknown>;
    if (typeof module[name] === 'function') return module[name] as Start;
  }
  throw new Error('The drizzle-kit of this project has no Studio, or is not installed.');
}

/** Whatever it would listen on, it listens on the socket: a port could be reached by every page that is open in a browser. */
function listenOnlyOn(socketPath: string): void {
  const { listen } = Server.prototype;
  Server.prototype.listen = function (this: Server, ...args: unknown[]): Server {
    const ready = args.find((arg): arg is () => void => typeof arg === 'function');
    return listen.call(this, socketPath, () => {
      ready?.();
      process.send?.('ready');
    });
  } as typeof listen;
}

async function main(): Promise<void> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
  const { root, generate, credentials, socketPath } = JSON.parse(text) as StudioOrder;
  process.chdir(root);
  // It looks for mkcert, and would speak TLS then.
  process.env.PATH = '';
  const exports = generate.schema.length > 0 ? await loadSchemaExports(generate.schema, root) : [];
  const imports = Object.fromEntries(exports.map((value, index) => [String(index), value]));
  const start = await startOf(root);
  listenOnlyOn(socketPath);
  // The guard has gone, and could not tidy up.
  process.on('exit', () => {
    if (process.platform !== 'win32') rmSync(dirname(socketPath), { recursive: true, force: true });
  });
  await start(imports, credentials, { casing: generate.casing });
}

// The guard has gone.
process.on('disconnect', () => process.exit());
main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
