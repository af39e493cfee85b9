import { randomUUID } from 'node:crypto';
import { desc, eq, providerAnswersTable, songsTable, songTitle } from '@melodia/db';
import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { Form } from '../../components/form';
import { db } from '../../lib/db';
import { currentSession } from '../../lib/session';
import { postAnswerAction } from '../actions';

export const metadata: Metadata = { title: 'Admin' };

interface Props {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}

const SHOWN = 50;

/** For others this page is not there. */
export default async function Admin({ searchParams }: Props) {
  const session = await currentSession();
  if (session?.user.role !== 'admin') notFound();
  const answers = await db()
    .select({
      id: providerAnswersTable.id,
      title: songTitle,
      variant: providerAnswersTable.variant_key,
      status: providerAnswersTable.status,
      reason: providerAnswersTable.reason,
      receivedAt: providerAnswersTable.received_at,
    })
    .from(providerAnswersTable)
    .innerJoin(songsTable, eq(songsTable.id, providerAnswersTable.song_id))
    .orderBy(desc(providerAnswersTable.id))
    .limit(SHOWN);
  return (
    <>
      <h1>Provider answers</h1>
      {(await searchParams).received !== undefined && (
        <p className="done" role="status">
          Received. The worker times the lines.
        </p>
      )}
      {answers.length === 0 ? (
        <p>There are none yet.</p>
      ) : (
        <div className="scrolling">
          <table>
            <thead>
              <tr>
                <th scope="col">Song</th>
                <th scope="col">Recording</th>
                <th scope="col">Received</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {answers.map(({ id, title, variant, status, reason, receivedAt }) => (
                <tr key={id}>
                  <th scope="row">{title}</th>
                  <td>{variant}</td>
                  <td>
                    <time dateTime={receivedAt.toISOString()}>
                      {receivedAt.toISOString().slice(0, 16).replace('T', ' ')}
                    </time>
                  </td>
                  <td>
                    {status}
                    {reason !== null && <span className="quiet">: {reason}</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <h2>Send an answer by hand</h2>
      <Form
        action={postAnswerAction}
        csrf={session.csrf}
        submit="Send"
        fields={[
          { name: 'song_id', label: 'Number of the song', type: 'number', required: true },
          { name: 'variant_key', label: 'Recording', required: true, initial: '0' },
          { name: 'idempotency_key', label: 'Idempotency key', required: true, initial: randomUUID() },
          { name: 'answer', label: 'Answer (JSON)', rows: 8, required: true },
        ]}
      />
    </>
  );
}
