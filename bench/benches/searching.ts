// search: milliseconds to find two words of one message in an imported corpus, at the median and of the slowest hundredth; the
// reference is a page of 50 messages.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Figure, figure, median } from '../figure.ts';
import type { Lab } from '../lab.ts';
import { programArgs } from '../lab.ts';
import { corpusOf, rateOf } from './importing.ts';

/** Milliseconds of each. */
export interface Searched {
  readonly searches: readonly number[];
  readonly pages: readonly number[];
}

const slowest = (times: readonly number[]): number =>
  times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.99)]!;

export const searching = async (lab: Lab): Promise<readonly Figure[]> => {
  const files = await corpusOf(lab);
  const dataDir = join(await lab.folder('search'), 'data');
  await mkdir(dataDir);
  await rateOf([...programArgs, 'import', 'irc', ...files, '--room', 'Corpus', '--new'], dataDir, lab);
  const child = lab.script('searchProcess.ts', [dataDir, String(10 * lab.sizes.pages)], 'all');
  const { searches, pages } = JSON.parse(await child.output()) as Searched;
  return [
    figure('search', median(searches), 'ms', median(pages)),
    figure('search-p99', slowest(searches), 'ms', slowest(pages)),
  ];
};
