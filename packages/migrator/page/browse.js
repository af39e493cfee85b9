// Must run first: the bundle asks it whether to call home.
import './no-telemetry.js';
import '@prisma/studio-core/ui/index.css';
import { createStudioBFFClient } from '@prisma/studio-core/data/bff';
import { createPostgresAdapter } from '@prisma/studio-core/data/postgres-core';
import { Studio } from '@prisma/studio-core/ui';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';

const executor = createStudioBFFClient({ url: new URL('/query', location.href).href });
createRoot(document.getElementById('root')).render(
  createElement(Studio, { adapter: createPostgresAdapter({ executor }) }),
);
