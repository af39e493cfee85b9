import type { loadSampleData } from '../sample-data/index.js';

export function describeLoad({ songsAdded, songsTotal }: Awaited<ReturnType<typeof loadSampleData>>): string {
  if (songsAdded === 0) return `Sample library: all ${songsTotal} songs are there.`;
  return `Sample library: added ${songsAdded} of ${songsTotal} songs, with their requests, lyrics and payments.`;
}
