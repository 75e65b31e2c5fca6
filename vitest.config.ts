import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longestFirst.ts';
import { whyNoMongo } from './test/support/mongoDb/startMongo.ts';
import { temporaryRoot } from './test/support/temporaryRoot.ts';

/** What clients see is the same on either pair of stores, so these run on both. */
const OVER_BOTH = [
  'test/http/**/*.test.ts',
  'test/ws/**/*.test.ts',
  'test/dialects/**/*.test.ts',
  'test/security/input.test.ts',
];
/**
 * But these: they open no stores, move a history between two folders, look at what happens before a store is asked
 * (connections, the bytes of frames, settings, the API's own document), or ask a dialect what its own code decides.
 */
const OVER_ONE = [
  'test/http/{asOfTurns,connections,device,documentation,listed,mount,multipartChunks,openApi}.test.ts',
  'test/http/{readBytes,serveFile,showMessages,turns}.test.ts',
  'test/ws/{bufferedSocket,copiedLog,frames,heartbeat,logPages,memoryBudget,opening,partialMessage,slowClients,textFrame,underWay}.test.ts',
  'test/dialects/{access,chosen}.test.ts',
  'test/dialects/expected.test.ts',
  'test/dialects/django/{body,json,passwordRules,serializer,texts}.test.ts',
  'test/dialects/nargil/names.test.ts',
  'test/dialects/shared/{listed,numbered}.test.ts',
  'test/dialects/silicornya/visitorLimits.test.ts',
  'test/dialects/solari/login.test.ts',
];
/** Pairs of one server and one embedded store: files, and views that are being built, over every API. */
const OVER_MIXED = ['test/http/{files,viewsBeingBuilt}.test.ts'];
/** Minutes long: `npm run test:faults`, `npm run test:security`. */
const LONG = ['test/faults/**/*.test.ts', 'test/security/long/**/*.test.ts'];
const missing = whyNoMongo();
// Both are set here, so that the workers and the servers that a global set-up starts have them as well. Vitest loads this
// file once for each project: what was set the first time stays.
/** Workers, threads and processes load stripped and compiled sources from here, as `bin/verbatim.js` does, those of earlier runs too. */
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache');
const TMPDIR = temporaryRoot();
if (TMPDIR !== undefined) process.env.TMPDIR = TMPDIR;

// `npm test` runs twice as many workers as two cores have: tests wait for disks, processes and servers half of their time.
export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // No module keeps state, so the files of one worker share its modules: loading them takes longer than most files.
    isolate: false,
    // Node loads the sources itself, as in production.
    experimental: { viteModuleRunner: false },
    setupFiles: ['test/support/keepCompiled.ts'],
    // A condition is waited for; how long that takes is no rule.
    expect: { poll: { timeout: 20_000, interval: 20 } },
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'embedded',
          include: ['test/**/*.test.ts'],
          exclude: LONG,
        },
      },
      {
        extends: true,
        test: {
          name: 'distributed',
          include: missing === undefined ? OVER_BOTH : ['test/support/mongoDb/missing.ts'],
          exclude: OVER_ONE,
          env: { VERBATIM_TEST_STORES: 'distributed' },
          globalSetup: ['test/support/mongoDb/sharedMongo.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'eventstoredb',
          include: [...OVER_MIXED, ...(missing === undefined ? ['test/distributed/{killed,outages}.test.ts'] : [])],
          env: { VERBATIM_TEST_STORES: 'eventstoredb' },
        },
      },
      {
        extends: true,
        test: {
          name: 'mongodb',
          include: missing === undefined ? OVER_MIXED : ['test/support/mongoDb/missing.ts'],
          env: { VERBATIM_TEST_STORES: 'mongodb' },
          globalSetup: ['test/support/mongoDb/sharedMongo.ts'],
        },
      },
    ],
  },
});
