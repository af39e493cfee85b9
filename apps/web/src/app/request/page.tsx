import type { Metadata } from 'next';
import Link from 'next/link';
import { Form } from '../../components/form';
import { currentSession } from '../../lib/session';
import { requestSongAction } from '../actions';

export const metadata: Metadata = { title: 'Request a song' };

interface Props {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}

const LANGUAGES = ['English', 'German', 'French', 'Hindi', 'Italian', 'Spanish'] as const;

export default async function RequestSong({ searchParams }: Props) {
  const session = await currentSession();
  if ((await searchParams).sent !== undefined)
    return (
      <>
        <h1>Thank you</h1>
        <p className="done" role="status">
          Your request is with us. We will write the lyrics first.
        </p>
        <p>
          <Link href="/request">Request another song</Link>
        </p>
      </>
    );
  return (
    <>
      <h1>Request a song</h1>
      <p>Tell us about somebody, and we will write a song for them.</p>
      <Form
        action={requestSongAction}
        csrf={session?.csrf}
        submit="Send the request"
        fields={[
          {
            name: 'requester_name',
            label: 'Your name',
            autoComplete: 'name',
            required: true,
            initial: session?.user.name ?? '',
          },
          { name: 'recipient_name', label: 'Who is it for?', required: true },
          { name: 'occasion', label: 'Occasion' },
          { name: 'story', label: 'What should the song tell?', rows: 6 },
          {
            choices: {
              name: 'languages',
              legend: 'Languages',
              kind: 'checkbox',
              options: LANGUAGES.map((language) => [language, language] as const),
              initial: ['English'],
            },
          },
          { name: 'music_styles', label: 'Styles of music', hint: 'Such as: folk, soft piano' },
        ]}
      />
    </>
  );
}
