import { createHash } from 'node:crypto';
import { VERSION } from '../../version.js';
import { html, Markup } from './markup.js';
import { STYLE } from './style.js';

/**
 * A report as one page: opens from a file, asks nobody for anything, runs no script. All that comes from files and servers is
 * text in it; the page's policy would refuse it as anything else.
 */
export function renderDocument({
  title,
  header,
  main,
}: {
  readonly title: string;
  readonly header: Markup;
  readonly main: Markup;
}): string {
  const digest = createHash('sha256').update(STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${`@melodia/migrator ${VERSION}`}">
<title>${title}</title>
${new Markup(`<style>${STYLE}</style>`)}
</head>
<body>
<header>
${header}
</header>
<main>
${main}
</main>
</body>
</html>
`.text;
}
