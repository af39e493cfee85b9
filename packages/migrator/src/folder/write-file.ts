import { renameSync, writeFileSync } from 'node:fs';

/** Writes beside and renames, so that a reader never sees half a file and a crash leaves the old one. */
export function writeFileAtomically(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}
