import { relative } from 'node:path';
import type { Finding } from '../../core/types.js';
import { exitCodes } from '../../errors/catalog.js';
import { MigratorError } from '../../errors/migrator-error.js';
import { readFolder } from '../../folder/read-folder.js';
import { type Check, fail, ok, unknown, warn } from '../types.js';

export const folder: Check = {
  id: 'folder',
  title: 'Migrations folder',
  needs: 'nothing',
  run({ config, migrationsFolder, relativeTo, now }) {
    const { hasJournal, migrations, findings } = readFolder(migrationsFolder, {
      relativeTo,
      now: now(),
      snapshots: true,
      downs: true,
    });
    if (!hasJournal && config instanceof MigratorError) {
      return unknown(
        `There are none in \`${relative(relativeTo, migrationsFolder) || '.'}\`; the config would say where they are.`,
        'Mend the config.',
      );
    }
    if (!hasJournal) return warn('There are no migrations yet.', 'Make the first one: `migrator generate`.');
    const count = `${migrations.length} migration${migrations.length === 1 ? '' : 's'}`;
    const of = (severity: Finding['severity']) => findings.filter((finding) => finding.severity === severity);
    const [errors, warnings] = [of('error'), of('warning')];
    const [first] = [...errors, ...warnings];
    if (!first) return ok(`${count}, nothing wrong with the files.`);
    const details = [...errors, ...warnings].map(
      ({ code, tag, message }) => `${code}${tag ? ` ${tag}` : ''}: ${message}`,
    );
    const many = [...errors, ...warnings].length;
    const message = `${count}, and ${many === 1 ? 'one thing is' : `${many} things are`} wrong with the files.`;
    return errors.length > 0 ? fail(message, first.fix, exitCodes.refused, details) : warn(message, first.fix, details);
  },
};
