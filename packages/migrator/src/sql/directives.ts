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
  return {
    noTransaction: words.includes('no-transaction'),
    recoverable: words.includes('recoverable'),
    ...(irreversible !== undefined && { irreversible: irreversible.replace(/^irreversible:?\s*/, '') }),
    ...(phase !== undefined && { phase: phase as Phase }),
    ...(unknownPhase !== undefined && { unknownPhase }),
  };
}
