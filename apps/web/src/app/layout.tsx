import type { Metadata, Viewport } from 'next';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { currentSession } from '../lib/session';
import { signOutAction } from './actions';
import './site.css';

/** Every page is of somebody, and of what is in the database now. */
export const dynamic = 'force-dynamic';

export const metadata: Metadata = {
  title: { default: 'Melodia', template: '%s · Melodia' },
  description: 'Songs that are written for one person, with lyrics that follow the music.',
  icons: '/favicon.svg',
};

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#faf6ef' },
    { media: '(prefers-color-scheme: dark)', color: '#171411' },
  ],
};

export default async function Layout({ children }: { readonly children: ReactNode }) {
  const session = await currentSession();
  return (
    <html lang="en" data-theme={session?.preferences.theme ?? 'system'}>
      <body>
        <a className="skip" href="#content">
          Skip to the content
        </a>
        <header className="masthead">
          <Link className="brand" href="/">
            Melodia
          </Link>
          <nav aria-label="Main">
            <Link href="/">Library</Link>
            <Link href="/request">Request a song</Link>
            {session ? (
              <>
                {session.user.role === 'admin' && <Link href="/admin">Admin</Link>}
                <Link href="/preferences">Preferences</Link>
                <form action={signOutAction}>
                  <input type="hidden" name="csrf" value={session.csrf} />
                  <button className="plain" type="submit">
                    Sign out
                  </button>
                </form>
              </>
            ) : (
              <>
                <Link href="/sign-in">Sign in</Link>
                <Link href="/sign-up">Sign up</Link>
              </>
            )}
          </nav>
        </header>
        <main id="content">{children}</main>
        <footer>Melodia writes songs for one person at a time.</footer>
      </body>
    </html>
  );
}
