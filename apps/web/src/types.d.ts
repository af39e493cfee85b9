// What Next's bundler takes; `next-env.d.ts`, which it writes, is not kept.
declare module '*.css';
