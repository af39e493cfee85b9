'use client';

import { useEffect, useRef, useState } from 'react';
import { activeLine } from '../lib/active-line';
import { formatDuration } from '../lib/duration';
import type { Recording } from '../lib/library';

/** A recording, and its lyrics, of which the line that is sung is marked. Without JavaScript both are there all the same. */
export function Player({ recording }: { readonly recording: Recording }) {
  const audio = useRef<HTMLAudioElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const [active, setActive] = useState(-1);
  const { lines, lyrics } = recording;

  useEffect(() => {
    const element = audio.current;
    if (!element) return;
    let frame = 0;
    const show = () => {
      setActive(activeLine(lines, element.currentTime * 1000));
      if (!element.paused) frame = requestAnimationFrame(show);
    };
    const events = ['play', 'pause', 'seeked', 'timeupdate'] as const;
    const follow = () => {
      cancelAnimationFrame(frame);
      show();
    };
    for (const event of events) element.addEventListener(event, follow);
    return () => {
      cancelAnimationFrame(frame);
      for (const event of events) element.removeEventListener(event, follow);
    };
  }, [lines]);

  useEffect(() => {
    if (audio.current?.paused !== false) return;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    list.current?.children[active]?.scrollIntoView({ block: 'center', behavior: calm ? 'auto' : 'smooth' });
  }, [active]);

  const jump = (ms: number) => {
    if (!audio.current) return;
    audio.current.currentTime = ms / 1000;
    void audio.current.play();
  };

  return (
    <>
      {/* biome-ignore lint/a11y/useMediaCaption: the lyrics below are its captions. */}
      <audio
        ref={audio}
        className="player"
        src={recording.audioUrl}
        controls
        preload="metadata"
        aria-label={`Play ${recording.title}`}
      />
      {lines.length > 0 ? (
        <ol className="lyrics" ref={list} aria-label="Lyrics">
          {lines.map(({ index, text, start, section }, at) => (
            <li key={index} aria-current={at === active ? 'true' : undefined}>
              {section !== undefined && <span className="section">{section}</span>}
              <button
                className="plain"
                type="button"
                onClick={() => jump(start)}
                title={`Play from ${formatDuration(start / 1000)}`}
              >
                {text}
              </button>
            </li>
          ))}
        </ol>
      ) : (
        <p className="untimed">{lyrics ?? 'The lyrics of this recording are not timed yet.'}</p>
      )}
    </>
  );
}
