import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { sourceAnchors } from './build/anchors-plugin.ts';

const coreSource = fileURLToPath(new URL('../../packages/core/src', import.meta.url));

export default defineConfig({
  base: './',
  plugins: [sourceAnchors({ source: coreSource })],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  resolve: { conditions: ['@kadscope/source', 'module', 'browser', 'development|production'] },
  build: { target: 'es2023', outDir: 'dist', emptyOutDir: true },
});
