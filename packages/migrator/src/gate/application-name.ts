/** What a session says of itself: `web/1.4.0 db/0.3.0 0014_add_sessions`. */
export interface ApplicationName {
  readonly app: string;
  readonly version: string;
  readonly packageVersion: string;
  readonly tag: string;
  /** The tag ends where the name was cut: it may be the beginning of a longer one. */
  readonly cut: boolean;
}

/** Postgres keeps so many bytes of a name, without a word; what it holds is ASCII. */
const MAX_BYTES = 63;

/**
 * Reads `<app>/<version> <package>/<version of the package> <tag>`; undefined for any other name. A pooler may have added
 * its client's address (`… - 10.0.0.7:4711`, PgBouncer) or its own name (`… via Supavisor`).
 */
export function readApplicationName(name: string): ApplicationName | undefined {
  const match = /^([^\s/]+)\/(\S+) [^\s/]+\/(\S+) (\S+)( (?:-|via ).*)?$/.exec(name.trim());
  const [, app, version, packageVersion, tag, suffix] = match ?? [];
  if (!app || !version || !packageVersion || !tag) return undefined;
  return { app, version, packageVersion, tag, cut: suffix === undefined && Buffer.byteLength(name) >= MAX_BYTES };
}

/** Whether a name that says no tag was cut before it: the application does tell, and is not heard. */
export function isCutBeforeTag(name: string): boolean {
  return Buffer.byteLength(name) >= MAX_BYTES && /^[^\s/]+\/\S+/.test(name);
}
