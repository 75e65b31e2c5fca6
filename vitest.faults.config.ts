import { defineConfig } from 'vitest/config';

/** Minutes of injected faults: `npm run test:faults -- <part of a file's name>`, again with `FAULTS_SEED=<seed>`. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    testTimeout: 30 * 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Each has processes of its own, and kills some.
    fileParallelism: false,
    passWithNoTests: false,
    disableConsoleIntercept: true,
  },
});
