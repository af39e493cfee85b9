// Must run first: the bundle asks it whether to call home.
import './no-telemetry.js';
import '@prisma/studio-core/ui/index.css';
import { createStudioBFFClient } from '@prisma/studio-core/data/bff';
import { createPostgresAdapter } from '@prisma/studio-core/data/postgres-core';
import { Studio } from '@prisma/studio-core/ui';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';

const executor = createStudioBFFClient({ url: new URL('query', location.href).href });
createRoot(document.getElementById('root')).render(
  createElement(Studio, { adapter: createPostgresAdapter({ executor }) }),
);

/** The studio has no switch for them: what only leads to a refusal is not offered. */
const CHANGES = /^(?:Insert row|Save \d+ rows?|Delete \d+ rows?)$/;
function hideChanges() {
  for (const button of document.querySelectorAll('#root button'))
    button.style.display = CHANGES.test(button.textContent) ? 'none' : '';
}
new MutationObserver(hideChanges).observe(document.getElementById('root'), {
  ...{ childList: true, subtree: true, characterData: true },
});
