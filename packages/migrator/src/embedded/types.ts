/** A running embedded server, as commands see it. `url` holds the password: never log it. */
export interface EmbeddedServer {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly dataDirectory: string;
  readonly version: string;
  /** True when this call started the server, false when it was found running. */
  readonly startedNow: boolean;
  /** True when this call created the database. */
  readonly createdNow: boolean;
}

export interface EmbeddedOptions {
  /** The folder of drizzle.config.ts; everything the server needs to remember lives in `<root>/.migrator/`. */
  readonly root: string;
  /** Created when missing. Default: the one the cluster was made with, or `dev`. */
  readonly database?: string;
  /** The superuser of a new cluster (default `postgres`); an existing cluster keeps its own. */
  readonly user?: string;
  /** Wanted port; without it a port derived from the folder is used, or a free neighbour. Heeded when the server starts. */
  readonly port?: number;
  /** Server settings on top of ours. Heeded when the server starts. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Called with a sentence for each slow step. */
  readonly onProgress?: (message: string) => void;
}

/** A throw-away server for tests. */
export interface TemporaryServer {
  readonly url: string;
  readonly port: number;
  /** Which of the clusters asked for it is a copy of, if it is one. */
  readonly kept: { readonly key: string; readonly facts: unknown } | undefined;
  /**
   * Keeps the cluster as it is now, for later servers that ask for `key`; they are told `facts`. `query` runs on one session
   * of a superuser, and nobody may change anything meanwhile. Where it cannot be kept, it is not.
   */
  keep(
    key: string,
    facts: unknown,
    query: (text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>,
  ): Promise<void>;
  stop(): Promise<void>;
}
