import { defineConfig } from 'vite';

/** One classic script that needs nothing else: a page may load it from another origin, and pin it by its hash. */
export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  build: {
    outDir: '../../dist/web/embed',
    emptyOutDir: true,
    target: 'es2022',
    reportCompressedSize: false,
    lib: { entry: 'besedka-room.element.ts', formats: ['iife'], name: 'Besedka', fileName: () => 'besedka-room.js' },
  },
  logLevel: 'warn',
});
