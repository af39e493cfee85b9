import { idempotencyKeySchema, providerAnswerInputSchema, validate } from '@melodia/db/validation';
import { db } from '../../../lib/db';
import { isProvider, receiveAnswer } from '../../../lib/provider-answers';

/** A long song with every word timed has some 100 kB. */
const MOST_BYTES = 4_000_000;

/** Takes what the provider answers for one variant of a song. Authorised by its token alone, never by a cookie. */
export async function POST(request: Request): Promise<Response> {
  if (!isProvider(request.headers.get('authorization')))
    return problem(401, 'The token is missing or wrong.', { 'www-authenticate': 'Bearer' });
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? ''))
    return problem(415, 'Only application/json is taken.');
  const key = validate(idempotencyKeySchema, request.headers.get('idempotency-key') ?? undefined);
  if (!key.ok) return problem(400, key.problems[''] ?? 'The Idempotency-Key is wrong.');
  const text = await readBody(request);
  if (text === undefined) return problem(413, `At most ${MOST_BYTES} bytes are taken.`);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return problem(400, 'The body is not JSON.');
  }
  const input = validate(providerAnswerInputSchema, body);
  if (!input.ok) return Response.json({ error: 'The answer is not valid.', problems: input.problems }, { status: 422 });
  const received = await receiveAnswer(db(), input.value, key.value);
  switch (received.outcome) {
    case 'no-song':
      return problem(404, 'There is no such song.');
    case 'other-body':
      return problem(422, 'This Idempotency-Key belongs to another answer.');
    default: {
      const { id, status, outcome } = received;
      return Response.json({ id, status }, { status: outcome === 'received' ? 202 : 200 });
    }
  }
}

async function readBody(request: Request): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function problem(status: number, error: string, headers: HeadersInit = {}): Response {
  return Response.json({ error }, { status, headers });
}
