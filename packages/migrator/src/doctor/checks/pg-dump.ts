import { execFile } from 'node:child_process';
import { type Check, type CheckOutcome, ok, warn } from '../types.js';

export const pgDump: Check = {
  id: 'pg-dump',
  title: 'pg_dump',
  needs: 'nothing',
  async run({ reader }) {
    const installed = await versionOfPgDump();
    if (!reader.canRead) return judgePgDump(installed, undefined);
    const [row] = await reader.rows<{ major: number }>(
      `select current_setting('server_version_num')::int / 10000 as major`,
    );
    return judgePgDump(installed, Number(row?.major));
  },
};

/** What to say of the program on the PATH and the major version of the server. Pure. */
export function judgePgDump(installed: string | undefined, server: number | undefined): CheckOutcome {
  if (installed === undefined) return ok('None on the PATH; `migrator backup` needs none.');
  const shown = `pg_dump ${installed}`;
  if (server === undefined || Number.parseInt(installed, 10) >= server) return ok(`${shown}.`);
  return warn(
    `${shown} refuses a server of version ${server}.`,
    `Use \`migrator backup\`, which brings its own; for use by hand install the client of version ${server}.`,
  );
}

function versionOfPgDump(): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('pg_dump', ['--version'], { timeout: 3000 }, (error, out) => {
      resolve(error ? undefined : (/\d+(?:\.\d+)?/.exec(out)?.[0] ?? undefined));
    });
  });
}
