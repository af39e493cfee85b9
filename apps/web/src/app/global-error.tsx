'use client';

import Failed from './error';
import './site.css';

/** Where not even the frame of a page could be made: the database is away, and somebody is signed in. */
export default function FailedAltogether(props: { readonly reset: () => void }) {
  return (
    <html lang="en" data-theme="system">
      <head>
        <title>Melodia</title>
      </head>
      <body>
        <main>
          <Failed {...props} />
        </main>
      </body>
    </html>
  );
}
