import { resolve } from 'node:path';
import type { ChangesetSettings } from '../changeset/read.js';
import { closest } from '../errors/closest.js';

const FIELDS = ['package', 'folder'];
const NAMES = '`package` and `folder`';

/** `changeset: { package, folder }`; puts what is wrong into `faults`. Undefined where there is none. */
export function changesetConfig(
  given: unknown,
  { root, faults }: { readonly root: string; readonly faults: string[] },
): ChangesetSettings | undefined {
  if (given === undefined) return undefined;
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (!isObject) faults.push(`\`migrator.changeset\` must be an object with ${NAMES}.`);
  const fields = (isObject ? given : {}) as Readonly<Record<string, unknown>>;
  for (const field of Object.keys(fields).filter((name) => !FIELDS.includes(name))) {
    const meant = closest(field, FIELDS);
    faults.push(
      `\`migrator.changeset.${field}\` is no known field; ${meant ? `did you mean \`${meant}\`?` : `there are ${NAMES}.`}`,
    );
  }
  const { package: name, folder } = fields;
  const isName = typeof name === 'string' && /^[^\s'"]+$/.test(name);
  if (isObject && !isName)
    faults.push(
      "`migrator.changeset.package` must be the name of the package that holds the migrations, such as `'@app/db'`.",
    );
  const isFolder = folder === undefined || (typeof folder === 'string' && folder !== '');
  if (!isFolder) faults.push("`migrator.changeset.folder` must be a path, such as `'../../.changeset'`.");
  return {
    package: isName ? name : '',
    ...(typeof folder === 'string' && isFolder && { folder: resolve(root, folder) }),
  };
}
