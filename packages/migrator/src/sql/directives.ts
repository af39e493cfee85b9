import type { Phase } from '../core/types.js';

/** What the comments at the top of a migration file ask for: `-- migrator: no-transaction`, `-- migrator: phase=contract`. */
export interface Directives {
  readonly noTransaction: boolean;
  /** What the file drops is parked, so that its rollback brings the data back. */
  readonly recoverable: boolean;
  /** Why a down migration cannot be: `-- migrator: irreversible <reason>`. */
  readonly irreversible?: string;
  /** `-- migrator: phase=contract`: it takes away what nobody uses any more. */
  readonly phase?: Phase;
  /** A word for the phase that is none: `phase=contarct`. */
  readonly unknownPhase?: string;
  /** `-- migrator: backfill key=id batch=1000`: its one statement runs in batches, each a transaction. */
  readonly backfill?: BackfillDirective;
}

export interface BackfillDirective {
  /** Columns of the key that the batches go along; absent: the primary key. */
  readonly key?: readonly string[];
  /** Rows of the first batch; later ones are sized by how long they take. */
  readonly batch?: number;
  /** A part that says nothing: `batch=many`. */
  readonly unknown?: string;
}

const DIRECTIVE = /^\s*--\s*migrator:\s*(.+?)\s*$/;

/** Reads the directives of the comment lines before the first statement. */
export function readDirectives(sql: string): Directives {
  const words: string[] = [];
  for (const line of sql.split('\n')) {
    const directive = DIRECTIVE.exec(line)?.[1];
    if (directive) words.push(directive);
    else if (!/^\s*(?:--.*)?$/.test(line.replace(/^\uFEFF/, ''))) break;
  }
  const irreversible = words.find((word) => /^irreversible\b/.test(word));
  const phases = words.filter((word) => /^phase\b/i.test(word));
  const phase = phases.map((word) => /^phase\s*=\s*(expand|contract)$/.exec(word)?.[1]).find(Boolean);
  const unknownPhase = phases.find((word) => !/^phase\s*=\s*(?:expand|contract)$/.test(word));
  const backfill = words.find((word) => /^backfill\b/.test(word));
  return {
    noTransaction: words.includes('no-transaction'),
    recoverable: words.includes('recoverable'),
    ...(irreversible !== undefined && { irreversible: irreversible.replace(/^irreversible:?\s*/, '') }),
    ...(phase !== undefined && { phase: phase as Phase }),
    ...(unknownPhase !== undefined && { unknownPhase }),
    ...(backfill !== undefined && { backfill: backfillOf(backfill) }),
  };
}

function backfillOf(word: string): BackfillDirective {
  // A blank may stand behind a comma of the key.
  const [, ...parts] = word.replace(/\s*([,=])\s*/g, '$1').split(/\s+/);
  const partOf = (name: string) => parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
  const [key, batch] = [partOf('key'), partOf('batch')];
  const isCount = batch !== undefined && /^[1-9]\d{0,8}$/.test(batch);
  const columns = key?.split(',').map((name) => name.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'));
  const isKey = columns?.every((name) => name !== '') === true;
  const unknown = parts.find((part) => !(part.startsWith('key=') ? isKey : part.startsWith('batch=') && isCount));
  return {
    ...(columns && isKey && { key: columns }),
    ...(isCount && { batch: Number(batch) }),
    ...(unknown !== undefined && { unknown }),
  };
}
