import { relative } from 'node:path';
import { type Check, fail, ok } from '../types.js';

export const config: Check = {
  id: 'config',
  title: 'Config',
  needs: 'nothing',
  run({ config: found, relativeTo }) {
    if (found === undefined) return ok('Not in use: folder and database are given.');
    if (typeof found === 'string') return ok(`\`${relative(relativeTo, found)}\` can be read.`);
    const { message, where, fix = 'Correct it.', exitCode, detail } = found;
    const lines = detail?.split('\n').filter((line) => line.trim() !== '');
    return fail(where ? `${message} (${where})` : message, fix, exitCode, lines);
  },
};
