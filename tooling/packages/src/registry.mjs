// A registry of npm that has only our packages, as they are packed now; every other package comes from the usual one.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);
const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** The pinned pnpm, which need not be installed. */
export function pnpm(args, options) {
  return run('npx', ['-y', packageManager, ...args], { ...options, encoding: 'utf8' });
}

/** Packs a folder of `packages/` as it would be published. */
async function pack(name, folder) {
  const target = join(folder, name);
  await pnpm(['pack', '--pack-destination', target], { cwd: join(ROOT, 'packages', name) });
  const [file = ''] = readdirSync(target);
  const path = join(target, file);
  const bytes = readFileSync(path);
  const { stdout } = await run('tar', ['xzOf', path, 'package/package.json']);
  const { stdout: list } = await run('tar', ['tzvf', path]);
  const files = list
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/));
  return {
    path,
    bytes,
    manifest: JSON.parse(stdout),
    files: files.map((columns) => columns.slice(5).join(' ').replace('package/', '')),
    unpackedSize: files.reduce((sum, columns) => sum + Number(columns[2]), 0),
  };
}

/** Starts it. `packs` by the name of the package; `url` goes into `@melodia:registry`. */
export async function startRegistry() {
  const folder = mkdtempSync(join(tmpdir(), 'melodia-packages-'));
  const packed = [await pack('migrator', folder), await pack('db', folder)];
  const packs = Object.fromEntries(packed.map((one) => [one.manifest.name, one]));
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname).slice(1);
    const one = packs[path.replace(/\/-\/.*$/, '')];
    if (!one) return response.writeHead(404).end();
    if (path.includes('/-/')) return response.end(one.bytes);
    const { name, version } = one.manifest;
    const tarball = `${url}/${name}/-/${version}.tgz`;
    const dist = { tarball, integrity: `sha512-${createHash('sha512').update(one.bytes).digest('base64')}` };
    const time = { [version]: '2020-01-01T00:00:00.000Z' };
    const document = {
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { ...one.manifest, dist } },
      time,
    };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const close = () => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, packs, close };
}
