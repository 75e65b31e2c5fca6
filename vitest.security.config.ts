import { defineConfig } from 'vitest/config';

/** Floods, hostile bytes and a real browser: `npm run test:security -- <part of a file's name>`. */
export default defineConfig({
  test: {
    include: ['test/security/long/**/*.test.ts'],
    testTimeout: 5 * 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Some look at the memory of the whole process.
    fileParallelism: false,
    execArgv: ['--expose-gc'],
    // Node loads the sources itself, as in production.
    experimental: { viteModuleRunner: false },
    passWithNoTests: false,
    disableConsoleIntercept: true,
  },
});
