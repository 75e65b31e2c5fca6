// After each test file: what this worker compiled is on disk for the next one. Vitest ends its workers by a signal, and Node
// would write the cache only at an exit.

import { flushCompileCache } from 'node:module';
import { afterAll } from 'vitest';

afterAll(() => flushCompileCache());
