import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openKnownPlaces } from '../../../src/store/embedded/knownPlaces.ts';
import { KNOWN_PLACES } from '../../../src/store/ports.ts';
import { temporaryDirectory } from '../../support/cli.ts';

test('marks are there at the next start, except one that a crash cut; and the file is bounded', async () => {
  const home = await temporaryDirectory();
  const file = join(home.path, 'known-places');
  const mark = (i: number) => String(i).padStart(11, '_');
  const first = openKnownPlaces(home.path);
  expect(await first.read()).toEqual([]);
  first.add(mark(1));
  await first.close();
  await appendFile(file, '\n__cut');
  const second = openKnownPlaces(home.path);
  second.add(mark(2));
  await second.close();
  expect(await openKnownPlaces(home.path).read()).toEqual([mark(1), mark(2)]);
  await appendFile(file, Array.from({ length: KNOWN_PLACES }, (_, i) => `\n${mark(i + 3)}`).join(''));
  const latest = await openKnownPlaces(home.path).read();
  expect([latest.length, latest[0], latest.at(-1)]).toEqual([KNOWN_PLACES, mark(3), mark(KNOWN_PLACES + 2)]);
  expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(KNOWN_PLACES);
  await home.remove();
});
