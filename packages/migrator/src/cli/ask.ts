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
  const { confirm: ask } = await import('@clack/prompts');
  const answer = await ask({ message: question, initialValue: false });
  if (answer !== true) {
    throw new MigratorError('needs-confirmation', {
      message: 'Not confirmed.',
      state: 'Nothing was changed.',
      fix: 'Run it again and answer yes.',
    });
  }
}
