'use server';

import { songRequestsTable } from '@melodia/db';
import {
  idempotencyKeySchema,
  type Problems,
  preferencesInputSchema,
  providerAnswerInputSchema,
  signInInputSchema,
  signUpInputSchema,
  songRequestInputSchema,
  validate,
} from '@melodia/db/validation';
import { redirect } from 'next/navigation';
import { closeSession, savePreferences, signIn, signUp } from '../lib/accounts';
import { db } from '../lib/db';
import { limits } from '../lib/limits';
import { receiveAnswer } from '../lib/provider-answers';
import { clientAddress, currentSession, dropSessionCookie, sessionToken, setSessionCookie } from '../lib/session';

/** What a form shows after it was sent: what is wrong, by field, and what was typed, passwords aside. */
export interface FormState {
  readonly problems: Problems;
  readonly values: Readonly<Record<string, string | readonly string[]>>;
  /** What was done. */
  readonly done?: string;
}

const textOf = (form: FormData, name: string) => {
  const value = form.get(name);
  return typeof value === 'string' ? value : undefined;
};
const textsOf = (form: FormData, name: string) => form.getAll(name).filter((value) => typeof value === 'string');

const SECRET = new Set(['password', 'csrf']);

function refused(form: FormData, problems: Problems): FormState {
  const names = [...new Set(form.keys())].filter((name) => !name.startsWith('$') && !SECRET.has(name));
  return { problems, values: Object.fromEntries(names.map((name) => [name, textsOf(form, name)])) };
}

/** For forms of somebody who is signed in: the token that only our own pages know. */
async function sessionOf(form: FormData) {
  const session = await currentSession();
  if (!session) redirect('/sign-in');
  return textOf(form, 'csrf') === session.csrf ? session : undefined;
}
const TOO_MANY: Problems = { '': 'Too many were sent from your network. Please wait an hour.' };
const STALE: Problems = { '': 'This form is out of date. Please send it again.' };

export async function signUpAction(_: FormState, form: FormData): Promise<FormState> {
  const input = validate(signUpInputSchema, {
    email: textOf(form, 'email'),
    password: textOf(form, 'password'),
    name: textOf(form, 'name'),
  });
  if (!input.ok) return refused(form, input.problems);
  if (!(await limits().signUp(await clientAddress()))) return refused(form, TOO_MANY);
  const token = await signUp(db(), input.value);
  if (token === undefined) return refused(form, { email: 'There is an account with this address already.' });
  await replaceSession(token);
  redirect('/preferences?welcome=1');
}

export async function signInAction(_: FormState, form: FormData): Promise<FormState> {
  const input = validate(signInInputSchema, { email: textOf(form, 'email'), password: textOf(form, 'password') });
  if (!input.ok) return refused(form, input.problems);
  const result = await signIn(db(), input.value, await clientAddress());
  if ('refused' in result) {
    const why = {
      wrong: 'The address or the password is wrong.',
      limited: 'Too many attempts. Please wait a quarter of an hour.',
    };
    return refused(form, { '': why[result.refused] });
  }
  await replaceSession(result.token);
  redirect('/');
}

/** Whoever has put a session into this browser before has none of the new one. */
async function replaceSession(token: string): Promise<void> {
  await closeSession(db(), await sessionToken());
  await setSessionCookie(token);
}

export async function signOutAction(form: FormData): Promise<void> {
  if (await sessionOf(form)) {
    await closeSession(db(), await sessionToken());
    await dropSessionCookie();
  }
  redirect('/');
}

export async function savePreferencesAction(_: FormState, form: FormData): Promise<FormState> {
  const session = await sessionOf(form);
  if (!session) return refused(form, STALE);
  const input = validate(preferencesInputSchema, {
    theme: textOf(form, 'theme'),
    notifications: textOf(form, 'notifications') === 'on',
  });
  if (!input.ok) return refused(form, input.problems);
  await savePreferences(db(), session.user.id, input.value);
  redirect('/preferences?saved=1');
}

export async function requestSongAction(_: FormState, form: FormData): Promise<FormState> {
  const session = await currentSession();
  if (session && textOf(form, 'csrf') !== session.csrf) return refused(form, STALE);
  const input = validate(songRequestInputSchema, {
    requester_name: textOf(form, 'requester_name'),
    recipient_name: textOf(form, 'recipient_name'),
    occasion: textOf(form, 'occasion'),
    story: textOf(form, 'story'),
    languages: textsOf(form, 'languages'),
    music_styles: (textOf(form, 'music_styles') ?? '')
      .split(',')
      .map((style) => style.trim())
      .filter(Boolean),
  });
  if (!input.ok) return refused(form, input.problems);
  if (!(await limits().requestSong(await clientAddress()))) return refused(form, TOO_MANY);
  const { occasion, story, ...required } = input.value;
  const [made] = await db()
    .insert(songRequestsTable)
    .values({ ...required, occasion: occasion ?? null, story: story ?? null, user_id: session?.user.id ?? null })
    .returning({ id: songRequestsTable.id });
  redirect(`/request?sent=${made?.id ?? ''}`);
}

/** What a provider posts to /api/provider-answers, by hand. */
export async function postAnswerAction(_: FormState, form: FormData): Promise<FormState> {
  const session = await sessionOf(form);
  if (!session) return refused(form, STALE);
  if (session.user.role !== 'admin') return refused(form, { '': 'Only administrators may do this.' });
  const key = validate(idempotencyKeySchema, textOf(form, 'idempotency_key'));
  if (!key.ok) return refused(form, { idempotency_key: key.problems[''] ?? '' });
  let answer: unknown;
  try {
    answer = JSON.parse(textOf(form, 'answer') ?? '');
  } catch {
    return refused(form, { answer: 'This is not JSON.' });
  }
  const input = validate(providerAnswerInputSchema, {
    song_id: Number(textOf(form, 'song_id')),
    variant_key: textOf(form, 'variant_key'),
    answer,
  });
  if (!input.ok) {
    const inside = Object.entries(input.problems).map(([path, problem]) => `${path}: ${problem}`);
    return refused(form, { answer: inside.join(' ') });
  }
  const received = await receiveAnswer(db(), input.value, key.value);
  if (received.outcome === 'no-song') return refused(form, { song_id: 'There is no such song.' });
  if (received.outcome === 'other-body')
    return refused(form, { idempotency_key: 'This key belongs to another answer.' });
  redirect('/admin?received=1');
}
