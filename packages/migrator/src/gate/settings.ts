/** How the gate before contract migrations tells who is there. */
export interface GateSettings {
  /**
   * Sessions that use nothing of the schema, by application name (`grafana*`), or by `user:monitoring`, `host:10.0.0.7`; `*` stands for
   * any characters. They come on top of those that never count.
   */
  readonly ignore: readonly string[];
  readonly heartbeat?: HeartbeatSettings | undefined;
}

/** A table in which each process that runs has a row, which it renews; for what a pooler hides. */
export interface HeartbeatSettings {
  readonly schema: string;
  readonly table: string;
  readonly columns: HeartbeatColumns;
  /** A process whose row was not renewed for so long is gone, in milliseconds. */
  readonly freshMs: number;
}

/** Only `tag` and `seenAt` must be there; the others say more of who it is. */
export interface HeartbeatColumns {
  readonly app: string;
  readonly version: string;
  readonly packageVersion: string;
  readonly tag: string;
  readonly host: string;
  readonly startedAt: string;
  readonly seenAt: string;
}

export const HEARTBEAT_COLUMNS: HeartbeatColumns = {
  app: 'app',
  version: 'app_version',
  packageVersion: 'package_version',
  tag: 'schema_tag',
  host: 'host',
  startedAt: 'started_at',
  seenAt: 'seen_at',
};

export const HEARTBEAT_FRESH_MS = 60_000;
