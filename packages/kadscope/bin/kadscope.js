#!/usr/bin/env node
// The command line lives in src/main.ts; this launcher is what npm can link before a build.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  console.error('kadscope is not built yet: run npm run build');
  process.exitCode = 1;
}
