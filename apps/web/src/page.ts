import { html } from 'hono/html';
import type { ListedSong } from './songs.js';

const style = `
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
  .number { text-align: right; font-variant-numeric: tabular-nums; }`;

/** The library. `html` escapes whatever is put into it. */
export function songsPage(songs: ListedSong[], category?: string) {
  const heading = category === undefined ? 'Songs' : `Songs: ${category}`;
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${heading} · Melodia</title>
  <style>${style}</style>
</head>
<body>
  <main>
    <h1>${heading}</h1>
    ${category === undefined ? '' : html`<p><a href="/">All songs</a></p>`}
    ${songs.length === 0 ? html`<p>No songs yet.</p>` : songTable(songs)}
  </main>
</body>
</html>`;
}

const songTable = (songs: ListedSong[]) => html`<table>
  <thead><tr><th scope="col">Title</th><th scope="col">Style</th><th scope="col">Categories</th><th scope="col" class="number">Length</th><th scope="col" class="number">Plays</th></tr></thead>
  <tbody>${songs.map(songRow)}</tbody>
</table>`;

const songRow = (song: ListedSong) => html`
  <tr>
    <th scope="row">${song.title}</th>
    <td>${song.style ?? ''}</td>
    <td>${song.categories.map((category, index) => html`${index > 0 ? ', ' : ''}<a href="/?category=${encodeURIComponent(category)}">${category}</a>`)}</td>
    <td class="number">${song.durationSeconds === undefined ? '' : formatDuration(song.durationSeconds)}</td>
    <td class="number">${song.plays}</td>
  </tr>`;

function formatDuration(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.round(seconds) % 60).padStart(2, '0')}`;
}
