import { readFile } from 'node:fs/promises';
import { dirname, extname, isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Loader, Plugin } from 'esbuild';

/**
 * Bundles a config and the project's own files it imports into one module. Packages stay outside, by absolute address, so
 * the bundle may lie anywhere; only packages that ship TypeScript are bundled too.
 */
export async function bundleModule(path: string): Promise<{ code: string; inputs: string[] }> {
  const { build } = await import('esbuild');
  const inputs = new Set<string>([path]);
  const result = await build({
    entryPoints: [path],
    absWorkingDir: dirname(path),
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
    sourcemap: 'inline',
    sourcesContent: false,
    sourceRoot: `${dirname(path)}/`,
    banner: {
      js: `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(${JSON.stringify(pathToFileURL(path).href)});`,
    },
    define: {
      'import.meta.url': '__module_url',
      'import.meta.dirname': '__dirname',
      'import.meta.filename': '__filename',
    },
    plugins: [standIns, keepPackagesOutside, keepPlaces(inputs)],
  });
  return { code: result.outputFiles[0]?.text ?? '', inputs: [...inputs] };
}

/**
 * What a config needs of two packages, without loading them. `defineConfig` gives back its argument, and a production image
 * may lack drizzle-kit. `embeddedUrl` is for plain drizzle-kit; our own commands decide later whether they need a server.
 */
const STAND_INS: Readonly<Record<string, string>> = {
  'drizzle-kit': 'export const defineConfig = (config) => config;',
  '@melodia/migrator/embedded': 'export const embeddedUrl = () => undefined;',
};

const standIns: Plugin = {
  name: 'stand-ins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:drizzle-kit|@melodia\/migrator\/embedded)$/ }, ({ path }) => ({
      path,
      namespace: 'stand-in',
    }));
    onLoad({ filter: /.*/, namespace: 'stand-in' }, ({ path }) => ({ contents: STAND_INS[path] ?? '' }));
  },
};

const TYPESCRIPT = /\.[cm]?tsx?$/;

const keepPackagesOutside: Plugin = {
  name: 'keep-packages-outside',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./#]/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (kind === 'entry-point' || pluginData === 'resolving' || isAbsolute(path)) return undefined;
      if (path.startsWith('node:')) return { path, external: true };
      const found = await resolve(path, { importer, resolveDir, kind, pluginData: 'resolving' });
      if (found.errors.length > 0) return { path, external: true };
      if (found.external || found.namespace !== 'file') return found;
      if (TYPESCRIPT.test(found.path)) return { path: found.path };
      return { path: kind === 'require-call' ? found.path : pathToFileURL(found.path).href, external: true };
    });
  },
};

/** Each file keeps its own `import.meta.url`, `__dirname` and `__filename`. */
function keepPlaces(inputs: Set<string>): Plugin {
  return {
    name: 'keep-places',
    setup({ onLoad }) {
      onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
        inputs.add(path);
        const place = `const __dirname = ${JSON.stringify(dirname(path))}, __filename = ${JSON.stringify(path)}, __module_url = ${JSON.stringify(pathToFileURL(path).href)};`;
        const loader = extname(path).replace(/^\.[cm]?/, '') as Loader;
        return { contents: `${place}${await readFile(path, 'utf8')}`, loader };
      });
    },
  };
}
