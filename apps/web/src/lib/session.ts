import 'server-only';
import { cookies, headers } from 'next/headers';
import { cache } from 'react';
import { findSession, SESSION_DAYS, type SignedIn } from './accounts';
import { db } from './db';

/** Where the site is seen from outside, such as `https://melodia.example`. Over https the cookie is for https alone. */
const isSecure = () => (process.env.WEB_ORIGIN ?? '').startsWith('https:');
/** With this prefix a browser takes it from this host alone, and over https alone. */
const cookieName = () => (isSecure() ? '__Host-melodia-session' : 'melodia-session');

/** Who asks; once for a request. */
export const currentSession = cache(async (): Promise<SignedIn | undefined> => findSession(db(), await sessionToken()));

export async function sessionToken(): Promise<string | undefined> {
  return (await cookies()).get(cookieName())?.value;
}

export async function setSessionCookie(token: string): Promise<void> {
  (await cookies()).set(cookieName(), token, {
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure(),
    path: '/',
    maxAge: SESSION_DAYS * 86_400,
  });
}

export async function dropSessionCookie(): Promise<void> {
  (await cookies()).set(cookieName(), '', {
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure(),
    path: '/',
    maxAge: 0,
  });
}

/** Network address of who asks, as src/server/server.ts has told it. */
export async function clientAddress(): Promise<string> {
  return (await headers()).get('x-melodia-address') ?? 'unknown';
}
