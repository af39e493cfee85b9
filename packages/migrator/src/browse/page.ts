import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Nothing but this server is asked, by anything on the page; styles in elements are the studio's own. */
export const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page. `mostRows`: of an answer to a query without LIMIT; it says so, for one that ends there does not. */
export function pageOf({ mostRows }: { readonly mostRows: number }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>migrator browse</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="browse.css">
<style>html,body{height:100%;margin:0}body{display:flex;flex-direction:column}#root{flex:1;min-height:0}
#terms{margin:0;padding:4px 12px;font:13px/1.4 system-ui,sans-serif;border-bottom:1px solid #8886}</style>
</head>
<body><p id="terms"><b>Read only:</b> changes are refused. A query without LIMIT gives the first ${mostRows} rows (<code>--rows</code>).</p>
<div id="root"></div><script src="browse.js"></script></body>
</html>
`;
}

export interface Asset {
  readonly type: string;
  readonly content: Buffer;
}

const TYPES = {
  'browse.js': 'text/javascript; charset=utf-8',
  'browse.css': 'text/css; charset=utf-8',
  'LICENSES.txt': 'text/plain; charset=utf-8',
  'browse.js.LEGAL.txt': 'text/plain; charset=utf-8',
} as const;

/** The files of the page, which the build of this package makes, by the paths they are asked for. */
export function readAssets(): ReadonlyMap<string, Asset> {
  const folder = new URL('../browse/page/', import.meta.url);
  return new Map(
    Object.entries(TYPES).flatMap(([path, type]) => {
      const file = fileURLToPath(new URL(path, folder));
      return existsSync(file) ? [[path, { type, content: readFileSync(file) }] as const] : [];
    }),
  );
}
