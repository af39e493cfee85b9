import type { NextConfig } from 'next';

process.env.NEXT_TELEMETRY_DISABLED = '1';

const config: NextConfig = {
  // They read files beside themselves, or must be there once.
  serverExternalPackages: ['@melodia/db', 'drizzle-orm', 'postgres'],
  poweredByHeader: false,
  reactStrictMode: true,
};

export default config;
