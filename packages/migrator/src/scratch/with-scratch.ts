import type { Scratch, ScratchOptions } from './types.js';

export async function withScratch<T>(_options: ScratchOptions, _use: (scratch: Scratch) => Promise<T>): Promise<T> {
  throw new Error('not yet');
}
