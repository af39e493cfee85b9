import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import { Player } from '../../../components/player';
import { db } from '../../../lib/db';
import { findSong } from '../../../lib/library';

interface Props {
  readonly params: Promise<{ slug: string }>;
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}

const songOf = cache(async (slug: string) => (/^[a-z0-9-]{1,200}$/.test(slug) ? findSong(db(), slug) : undefined));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await songOf((await params).slug))?.title ?? 'No such song' };
}

export default async function Song({ params, searchParams }: Props) {
  const song = await songOf((await params).slug);
  if (!song) notFound();
  const asked = [(await searchParams).recording].flat()[0];
  const recording =
    song.recordings.find(({ key }) => key === asked) ?? song.recordings.find(({ key }) => key === song.selected);
  if (!recording) notFound();
  return (
    <article className="song">
      <h1>{recording.title}</h1>
      {recording.style !== undefined && <p className="style">{recording.style}</p>}
      {song.recordings.length > 1 && (
        <nav className="recordings" aria-label="Recordings">
          {song.recordings.map(({ key }, at) => (
            <Link
              key={key}
              href={
                key === song.selected
                  ? `/songs/${song.slug}`
                  : `/songs/${song.slug}?recording=${encodeURIComponent(key)}`
              }
              aria-current={key === recording.key ? 'true' : undefined}
            >
              Recording {at + 1}
            </Link>
          ))}
        </nav>
      )}
      <Player key={recording.key} recording={recording} />
      {song.categories.length > 0 && (
        <p className="quiet">
          {song.categories.map((category) => (
            <Link key={category} href={`/?category=${encodeURIComponent(category)}`}>
              {category}
            </Link>
          ))}
        </p>
      )}
    </article>
  );
}
