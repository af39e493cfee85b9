import { MigratorError } from '../errors/migrator-error.js';

/** A whole number of a flag. Throws `wrong-usage`. */
export function parseCount(
  given: string,
  flag: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const count = Number(given);
  if (/^\d+$/.test(given) && count >= least && count <= most) return count;
  throw new MigratorError('wrong-usage', {
    message: `\`${flag} ${given}\` is no whole number from ${least} to ${most}.`,
    fix: `Give one, or leave \`${flag}\` out.`,
  });
}
