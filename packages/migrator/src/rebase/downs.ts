import type { GenerateConfig } from '../config/config.js';
import { diffSnapshots } from '../generate/diff.js';
import { partTexts } from '../generate/draft.js';
import { fileText } from '../generate/file-text.js';
import { BACK } from '../generate/operations.js';
import { parkingIn } from '../generate/parking.js';
import { partsOf } from '../generate/parts.js';
import { inverted, type Rename } from '../generate/renames.js';
import type { Snapshot } from '../generate/snapshot.js';

export interface SchemaStep {
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly renames: readonly Rename[];
}

export interface DownOptions {
  readonly generate: GenerateConfig;
  readonly trash: string | undefined;
}

/**
 * The way back of a migration that has come upon another schema: made anew where it was generated, and else as it is, for what
 * somebody wrote by hand is not ours to change. `tag` is the one that the up was generated with: parked things bear it. Needs
 * `loadParser`.
 */
export function downUpon(down: string, tag: string, old: SchemaStep, now: SchemaStep, options: DownOptions): string {
  const at = generatedDowns(tag, old, options).indexOf(down);
  return at === -1 ? down : (generatedDowns(tag, now, options)[at] ?? down);
}

/** In each of the forms that `generate` writes, and at a fixed place: plain, safe, and of `--down-only`. */
function generatedDowns(
  tag: string,
  { before, after, renames }: SchemaStep,
  { generate, trash }: DownOptions,
): (string | undefined)[] {
  const parking = parkingIn({ migration: tag, trash });
  const forms = [{ plain: true }, { plain: false }, { plain: false, parking }];
  const parts = forms.map((form) => {
    const [part, more] = partsOf(before, after, renames, form);
    // What only validates behind it leaves the same schema.
    return part && (!more || part.after === after) ? partTexts(part, { config: generate, trash }).down : undefined;
  });
  const operations = diffSnapshots(after, before, inverted(renames), BACK);
  const gone = diffSnapshots(before, after, renames).flatMap(({ loses }) => loses ?? []);
  const { breakpoints } = generate;
  const filled = fileText(operations, {
    direction: 'down',
    breakpoints,
    noTransaction: false,
    recoverable: false,
    gone,
  });
  return [...parts, filled];
}
