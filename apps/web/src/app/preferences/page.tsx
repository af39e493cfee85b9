import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { Form } from '../../components/form';
import { currentSession } from '../../lib/session';
import { savePreferencesAction } from '../actions';

export const metadata: Metadata = { title: 'Preferences' };

interface Props {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function Preferences({ searchParams }: Props) {
  const session = await currentSession();
  if (!session) redirect('/sign-in');
  const { saved, welcome } = await searchParams;
  const { theme, notifications } = session.preferences;
  return (
    <>
      <h1>Preferences</h1>
      {saved !== undefined && (
        <p className="done" role="status">
          Saved.
        </p>
      )}
      {welcome !== undefined && (
        <p className="done" role="status">
          Welcome{session.user.name ? `, ${session.user.name}` : ''}. This is how Melodia looks for you.
        </p>
      )}
      <Form
        key={`${theme} ${notifications}`}
        action={savePreferencesAction}
        csrf={session.csrf}
        submit="Save"
        fields={[
          {
            choices: {
              name: 'theme',
              legend: 'Theme',
              kind: 'radio',
              options: [
                ['system', 'As the device'],
                ['light', 'Light'],
                ['dark', 'Dark'],
              ],
              initial: [theme],
            },
          },
          {
            choices: {
              name: 'notifications',
              legend: 'Notifications',
              kind: 'checkbox',
              options: [['on', 'Tell me by e-mail when a song is ready']],
              initial: notifications ? ['on'] : [],
            },
          },
        ]}
      />
      <p className="quiet">Signed in as {session.user.email}</p>
    </>
  );
}
