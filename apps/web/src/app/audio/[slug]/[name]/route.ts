import { byteRange } from '../../../../lib/byte-range';
import { db } from '../../../../lib/db';
import { findSong } from '../../../../lib/library';
import { type Tune, wavBytes, wavSlice } from '../../../../lib/synthesiser';

/** Of a song that nobody has recorded. Seconds. */
const USUAL_LENGTH = 60;
/** One answer keeps the processor busy no longer than that; a player asks for the rest. */
const MOST_BYTES = 512 * 1024;

/** `/audio/<slug>/<variant>.wav`: a recording that the site makes up itself, for songs without a provider's. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ slug: string; name: string }> },
): Promise<Response> {
  const { slug, name } = await params;
  const [, key = ''] = /^(.+)\.wav$/.exec(name) ?? [];
  const recording = (await findSong(db(), slug))?.recordings.find((one) => one.key === key);
  if (!recording) return new Response('There is no such recording.\n', { status: 404 });
  const lastEnd = (recording.lines.at(-1)?.end ?? 0) / 1000;
  const tune: Tune = {
    lines: recording.lines,
    durationSeconds: recording.durationSeconds ?? (lastEnd > 0 ? lastEnd + 2 : USUAL_LENGTH),
    seed: [...`${slug}${key}`].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0),
  };
  const size = wavBytes(tune);
  const asked = request.headers.get('range');
  const range = asked === null ? { from: 0, to: size } : byteRange(asked, size);
  const common = { 'content-type': 'audio/wav', 'accept-ranges': 'bytes', 'cache-control': 'public, max-age=3600' };
  if (!range) return new Response(null, { status: 416, headers: { ...common, 'content-range': `bytes */${size}` } });
  if (asked === null)
    return new Response(inPieces(tune, size), { headers: { ...common, 'content-length': String(size) } });
  const to = Math.min(range.to, range.from + MOST_BYTES);
  return new Response(new Uint8Array(wavSlice(tune, range.from, to)), {
    status: 206,
    headers: {
      ...common,
      'content-range': `bytes ${range.from}-${to - 1}/${size}`,
      'content-length': String(to - range.from),
    },
  });
}

function inPieces(tune: Tune, size: number): ReadableStream<Uint8Array> {
  let from = 0;
  return new ReadableStream({
    pull(controller) {
      const to = Math.min(size, from + MOST_BYTES / 8);
      controller.enqueue(new Uint8Array(wavSlice(tune, from, to)));
      from = to;
      if (from >= size) controller.close();
    },
  });
}
