import { readFileSync } from 'node:fs';
import { latestMigration } from './migrations.js';

/** An application that uses this package. */
export interface AppIdentity {
  /** `web`, `worker`: letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** Its own version. */
  readonly version: string;
}

/** What a connection says of itself in pg_stat_activity. */
export interface ConnectionIdentity {
  readonly app: string;
  readonly appVersion: string;
  readonly packageVersion: string;
  /** The newest migration that it knows, or how it begins: the name is cut at 63 bytes. */
  readonly schemaTag: string;
}

/** Postgres cuts `application_name` there. */
const MAX_BYTES = 63;

let version: string | undefined;

/** Version of this package. */
export function packageVersion(): string {
  version ??= String(
    (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version,
  );
  return version;
}

/** `melodia-web/1.2.3 db/0.3.0 0014_add_sessions`: who is connected, with which schema. `readApplicationName` reads it. */
export function applicationName({ name, version }: AppIdentity): string {
  const word = (text: string) => text.replace(/[^A-Za-z0-9._+-]/g, '-');
  return `melodia-${word(name)}/${word(version)} db/${word(packageVersion())} ${word(latestMigration().tag)}`.slice(
    0,
    MAX_BYTES,
  );
}

/** What `applicationName` has written; undefined for any other name. */
export function readApplicationName(text: string): ConnectionIdentity | undefined {
  const [, app, appVersion, packageVersion, schemaTag] = /^melodia-([^\s/]+)\/(\S+) db\/(\S+) (\S+)$/.exec(text) ?? [];
  if (!app || !appVersion || !packageVersion || !schemaTag) return undefined;
  return { app, appVersion, packageVersion, schemaTag };
}
