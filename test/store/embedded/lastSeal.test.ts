// The contract of the last seal in a file.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openLastSeal } from '../../../src/store/embedded/lastSeal.ts';
import { lastSealContract } from '../../contracts/lastSeal.contract.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verbatim-seal-'));
});
afterAll(() => rm(folder, { recursive: true }));

lastSealContract(() => [openLastSeal(folder), openLastSeal(folder)]);
