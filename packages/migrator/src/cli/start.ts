import { createHash, randomBytes } from 'node:crypto';
import { accessSync, constants, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/** Name of the bundled command line; the build puts a digest of its content into it. */
declare const MAIN: string;

/**
 * Starts the command line from V8's code cache. Node compiles a program anew at every start, which for a migrate with nothing
 * to do is most of the work. The cache lies beside the bundle, one for each Node version and command, made by the first run that
 * may write there; V8 refuses one that another version made, but not one of another source, hence the digest in the name.
 */
function start(): void {
  keepFirstCompiler();
  const main = join(__dirname, MAIN);
  const cache = `${main}.${process.version}-${process.arch}.${process.argv[2] ?? ''}.cache`;
  const wrapped = `(function (require, __filename, __dirname, __importModule) {${readFileSync(main, 'utf8')}\n})`;
  const cachedData = /^[a-z]+$/.test(process.argv[2] ?? '') ? readCache(cache) : Buffer.alloc(0);
  const script = new Script(wrapped, { filename: main, ...(cachedData?.length && { cachedData }) });
  // A script that comes from the cache cannot import: this module does it for it.
  script.runInThisContext()(createRequire(main), main, __dirname, (href: string) => import(href));
  if (cachedData === undefined || script.cachedDataRejected) {
    process.on('exit', (code) => {
      if (code === 0) writeCache(cache, script);
    });
  }
}

/** That these know the flags was tried; V8 complains aloud of one that it does not know. */
const NEWEST_NODE = 25;

/**
 * The parser is WebAssembly, and V8 soon begins to compile all of it a second time, optimised, in threads beside us: half of the
 * CPU time of a command. What the first compiler makes is as fast here, for 8,000 statements too.
 */
function keepFirstCompiler(): void {
  if (Number.parseInt(process.versions.node, 10) > NEWEST_NODE) return;
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
}

const DIGEST_BYTES = 32;

/** V8 runs a damaged cache, and dies of it: so a digest stands before the data. */
function readCache(path: string): Buffer | undefined {
  try {
    const content = readFileSync(path);
    const data = content.subarray(DIGEST_BYTES);
    return digestOf(data).equals(content.subarray(0, DIGEST_BYTES)) ? data : undefined;
  } catch {
    return undefined;
  }
}

function digestOf(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

/** Written at the end, when the functions that this command needs are compiled. */
function writeCache(path: string, script: Script): void {
  try {
    accessSync(__dirname, constants.W_OK);
    const temporary = `${path}.${randomBytes(6).toString('hex')}`;
    const data = script.createCachedData();
    writeFileSync(temporary, Buffer.concat([digestOf(data), data]));
    renameSync(temporary, path);
  } catch {
    // Only a convenience: an installation that may not be written to starts slower.
  }
}

start();
