globalThis.process = { env: { CHECKPOINT_DISABLE: '1', NODE_ENV: 'production' } };
