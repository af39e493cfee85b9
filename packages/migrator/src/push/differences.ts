import type { Catalog, CatalogDifference, CatalogObject } from '../catalog/index.js';
import { withoutOthers } from '../drift/index.js';
import { allExpressibleDifferences } from '../generate/expressible.js';
import { isOutside, type PushScope } from './scope.js';

export interface PushDifferences {
  /** Also what is inside of objects that differ as a whole. */
  readonly differences: readonly CatalogDifference[];
  /** Names of what the database has besides, and keeps. */
  readonly leftAlone: readonly string[];
}

/**
 * Where a database is not what a schema means, as far as a schema can say it. What it cannot say is left alone, and so are
 * tables of other tools, and what the scope leaves out. Pure.
 */
export function pushDifferences(meant: Catalog, live: Catalog, scope: PushScope): PushDifferences {
  const { differences, leftOut } = withoutOthers(allExpressibleDifferences(meant, live), meant, live);
  const foreign = new Map<string, CatalogDifference>();
  for (const difference of differences) {
    const object = live.get(difference.key) ?? meant.get(difference.key);
    const whole = object?.of === undefined ? object : (live.get(object.of) ?? meant.get(object.of));
    if (object && isOutside(scope, whole ?? object, difference.change)) foreign.set(difference.key, difference);
  }
  return {
    differences: differences.filter(({ key }) => !foreign.has(key)),
    leftAlone: [
      ...leftOut.map(({ name, owner }) => `${name} of ${owner}`),
      ...[...foreign.values()]
        .filter(({ of, change }) => change !== 'missing' && (of === undefined || !foreign.has(of)))
        .map(({ kind, name }) => `${kind} ${name}`),
    ],
  };
}

/** What a database is to become: of what no schema says, a table, column or constraint keeps what it has. Pure. */
export function keepingUnsaid(meant: Catalog, live: Catalog): Catalog {
  return new Map([...meant].map(([key, object]) => [key, keeping(object, live.get(key))]));
}

function keeping(object: CatalogObject, before: CatalogObject | undefined): CatalogObject {
  if (object.kind === 'table' && before?.kind === 'table')
    return { ...object, facts: { ...before.facts, rowSecurity: object.facts.rowSecurity } };
  if (object.kind === 'constraint' && before?.kind === 'constraint') {
    const [deferrable = ''] = / DEFERRABLE(?: INITIALLY DEFERRED)?/.exec(before.text) ?? [];
    return { ...object, text: `${object.text}${deferrable}` };
  }
  if (object.kind !== 'column' || before?.kind !== 'column') return object;
  const isOfSameType = object.facts.type === before.facts.type;
  const { statistics, options, storage, compression, collation, identity, sequence, sequenceOptions } = before.facts;
  const isSerial = identity === undefined && sequence !== undefined && sequence === object.facts.sequence;
  const unsaid = {
    ...(statistics !== undefined && { statistics }),
    options,
    ...(isOfSameType && storage !== undefined && { storage }),
    ...(isOfSameType && compression !== undefined && { compression }),
    ...(isOfSameType && collation !== undefined && { collation }),
    ...(before.facts.notNull && { notNullValidated: before.facts.notNullValidated }),
    ...(isSerial && !object.facts.identity && { sequenceOptions }),
  };
  return { ...object, facts: { ...object.facts, ...unsaid } };
}
