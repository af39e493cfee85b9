import type { RenameQuestion } from '../api/generate.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { Io } from './io.js';

/** Asks before something that cannot be taken back. Throws `needs-confirmation` where nobody can answer, or on a no. */
export async function confirm(question: string, io: Io): Promise<void> {
  if (!io.canAsk) {
    throw new MigratorError('needs-confirmation', {
      message: `${question} This cannot be asked here.`,
      state: 'Nothing was changed.',
      fix: 'Pass `--yes` to do it.',
    });
  }
  const { confirm: ask, isCancel } = await import('@clack/prompts');
  const answer = await answerOf(ask({ message: question, initialValue: false }), unconfirmed);
  if (isCancel(answer)) throw unconfirmed();
  if (answer !== true) {
    throw new MigratorError('needs-confirmation', {
      message: 'Not confirmed.',
      state: 'Nothing was changed.',
      fix: 'Run it again and answer yes.',
    });
  }
}

/** Asks for the name of a migration. Throws `interrupted` where the question is left. */
export async function askName(suggestion: string): Promise<string> {
  const { isCancel, text } = await import('@clack/prompts');
  const answer = await answerOf(
    text({ message: 'What does this migration do?', placeholder: suggestion, defaultValue: suggestion }),
    unnamed,
  );
  if (isCancel(answer)) throw unnamed();
  return answer;
}

/** Asks whether something new is something gone under another name. Throws `interrupted` where the question is left. */
export async function askRename({ kind, created, gone }: RenameQuestion): Promise<string | undefined> {
  const { isCancel, select } = await import('@clack/prompts');
  const question = select<string | undefined>({
    message: `Is the ${kind} ${created} new, or was it renamed?`,
    options: [
      { value: undefined, label: `${created} is new${gone.length === 1 ? `, and ${gone[0]} goes` : ''}` },
      ...gone.map((name) => ({ value: name, label: `${name} was renamed to ${created}` })),
    ],
  });
  const answer = await answerOf(question, unnamed);
  if (isCancel(answer)) throw unnamed();
  return answer;
}

/** With Ctrl-D the prompts close their input and never answer: the process would end with code 0. It is left, as with Ctrl-C. */
function answerOf<T>(question: Promise<T>, left: () => MigratorError): Promise<T> {
  return new Promise((resolve, reject) => {
    const onEnd = () => reject(left());
    process.once('beforeExit', onEnd);
    question.then(resolve, reject).finally(() => process.off('beforeExit', onEnd));
  });
}

function unconfirmed(): MigratorError {
  return new MigratorError('interrupted', {
    message: 'The question was left open.',
    state: 'Nothing was changed.',
    fix: 'Run it again and answer, or pass `--yes`.',
  });
}

function unnamed(): MigratorError {
  return new MigratorError('interrupted', {
    message: 'The question was left open.',
    state: 'Nothing was written.',
    fix: 'Run it again, or answer by flags: `migrator generate --help`.',
  });
}
