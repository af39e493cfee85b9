import type { FillDownsResult, GenerateResult } from '../api/generate.js';

/** `migrator generate --json`. */
export function generateJson({ migrations, renames, written }: GenerateResult): object {
  return { ok: true, command: 'generate', written, migrations, renames };
}

/** `migrator generate --check --json`; `statements` as they would lead from the migrations to the schema. */
export function pendingJson(statements: readonly string[]): object {
  return { ok: statements.length === 0, command: 'generate', upToDate: statements.length === 0, statements };
}

/** `migrator generate --down-only --json`. */
export function downsJson({ downs, written }: FillDownsResult): object {
  return { ok: true, command: 'generate', written, downs };
}
