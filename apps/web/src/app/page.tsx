import type { Metadata } from 'next';
import Link from 'next/link';
import { db } from '../lib/db';
import { formatDuration } from '../lib/duration';
import { type ListedSong, listCategories, listSongs } from '../lib/library';

export const metadata: Metadata = { title: { absolute: 'Library · Melodia' } };

interface Props {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}

const LONGEST_SEARCH = 100;
const LAST_PAGE = 10_000;

export default async function LibraryPage({ searchParams }: Props) {
  const given = await searchParams;
  const one = (name: string) => [given[name]].flat()[0] ?? '';
  // Postgres takes no zero byte.
  const search = one('q').replaceAll('\0', '').slice(0, LONGEST_SEARCH).trim();
  const category = one('category').replaceAll('\0', '').slice(0, LONGEST_SEARCH) || undefined;
  const page = Math.min(LAST_PAGE, Math.max(1, Math.floor(Number(one('page'))) || 1));
  const [{ songs, total, pages }, categories] = await Promise.all([
    listSongs(db(), { search, category, page }),
    listCategories(db()),
  ]);
  const link = (changes: Record<string, string>) => {
    const all = { q: search, category: category ?? '', ...changes };
    const query = new URLSearchParams(Object.entries(all).filter(([, value]) => value !== '')).toString();
    return query === '' ? '/' : `/?${query}`;
  };
  return (
    <>
      <h1>Songs for one person</h1>
      <search>
        <form className="search" action="/" method="get">
          <label htmlFor="q">Search titles, styles and tags</label>
          <input id="q" name="q" type="search" defaultValue={search} maxLength={LONGEST_SEARCH} />
          {category !== undefined && <input type="hidden" name="category" value={category} />}
          <button type="submit">Search</button>
        </form>
      </search>
      <nav className="categories" aria-label="Categories">
        <Link href={link({ category: '' })} aria-current={category === undefined ? 'true' : undefined}>
          All
        </Link>
        {categories.map(({ slug, name, songs: counted }) => (
          <Link key={slug} href={link({ category: slug })} aria-current={slug === category ? 'true' : undefined}>
            {name}
            {counted > 0 && <span className="count"> {counted}</span>}
          </Link>
        ))}
      </nav>
      <p className="quiet" role="status">
        {total === 0 ? 'No song fits.' : `${total} ${total === 1 ? 'song' : 'songs'}`}
      </p>
      <ul className="songs">
        {songs.map((song) => (
          <Card key={song.slug} {...song} />
        ))}
      </ul>
      {pages > 1 && (
        <nav className="pages" aria-label="Pages">
          {page > 1 && (
            <Link rel="prev" href={link({ page: String(Math.min(page, pages + 1) - 1) })}>
              Newer
            </Link>
          )}
          <span>
            Page {Math.min(page, pages)} of {pages}
          </span>
          {page < pages && (
            <Link rel="next" href={link({ page: String(page + 1) })}>
              Older
            </Link>
          )}
        </nav>
      )}
    </>
  );
}

function Card({ slug, title, style, durationSeconds, plays }: ListedSong) {
  return (
    <li className="card">
      <Link href={`/songs/${slug}`}>{title}</Link>
      {style !== undefined && <p>{style}</p>}
      <p className="quiet">
        {durationSeconds !== undefined && <span>{formatDuration(durationSeconds)}</span>}
        <span>
          {plays} {plays === 1 ? 'play' : 'plays'}
        </span>
      </p>
    </li>
  );
}
