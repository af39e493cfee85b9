import type { CatalogObject } from '../catalog/index.js';
import type { CompatibilityChange } from './types.js';
import { isWidening } from './widening.js';

type Column = CatalogObject<'column'>;

/** What is harder with a column than it was. */
export function columnChanges(old: Column, now: Column): CompatibilityChange[] {
  const change = (
    effect: CompatibilityChange['effect'],
    kind: CompatibilityChange['kind'],
    message: string,
  ): CompatibilityChange => ({ effect, kind, object: old.name, message });
  const { facts: was } = old;
  const { facts: is } = now;
  const isFilled = is.default !== undefined || is.identity !== undefined || is.generated !== undefined;
  const wasFilled = was.default !== undefined || was.identity !== undefined || was.generated !== undefined;
  const changes: CompatibilityChange[] = [];
  if (was.type !== is.type && !isWidening(was.type, is.type)) {
    changes.push(change('breaks', 'type-changed', `The column ${old.name} is ${is.type} instead of ${was.type}.`));
  }
  if (is.notNull && !was.notNull) {
    changes.push(
      isFilled
        ? change(
            'may-refuse',
            'required',
            `The column ${old.name} is NOT NULL: a NULL that is written to it is refused.`,
          )
        : change(
            'breaks',
            'required',
            `The column ${old.name} is NOT NULL without a default: rows without a value are refused.`,
          ),
    );
  }
  if (wasFilled && !isFilled) {
    changes.push(
      is.notNull
        ? change(
            'breaks',
            'default-gone',
            `The column ${old.name} has lost its default: an INSERT without a value for it fails.`,
          )
        : change(
            'may-refuse',
            'default-gone',
            `The column ${old.name} has lost its default: an INSERT without a value stores NULL.`,
          ),
    );
  }
  if ((is.generated && !was.generated) || (is.identity === 'always' && was.identity !== 'always')) {
    changes.push(
      change(
        'breaks',
        'not-writable',
        `The column ${old.name} is generated now: a value that is written to it is refused.`,
      ),
    );
  }
  return changes;
}
