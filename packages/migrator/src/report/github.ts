import type { CheckReport } from '../api/check.js';

/**
 * Workflow commands that make annotations of GitHub Actions, one a line. GitHub shows ten of each severity, so the worst come first.
 * `prefix`: path of the working folder in the repository, with a slash at its end.
 */
export function renderGithub({ findings }: Pick<CheckReport, 'findings'>, prefix = ''): string {
  const order = { error: 0, warning: 1, info: 2 };
  return [...findings]
    .sort((a, b) => order[a.severity] - order[b.severity])
    .map(({ severity, at, code, message, consequence, fix }) => {
      const place = at
        ? [
            `file=${property(`${prefix}${at.file.replaceAll('\\', '/')}`)}`,
            ...(at.line === undefined ? [] : [`line=${at.line}`]),
            ...(at.column === undefined ? [] : [`col=${at.column}`]),
          ]
        : [];
      const text = [message, consequence, `Fix: ${fix}`].filter(Boolean).join('\n');
      const command = { error: 'error', warning: 'warning', info: 'notice' }[severity];
      return `::${command} ${[...place, `title=${property(code)}`].join(',')}::${data(text)}\n`;
    })
    .join('');
}

/** As @actions/core escapes them. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
