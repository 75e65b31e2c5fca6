// import: messages a second of `verbatim import irc`, from its start to its end, when everything is visible. The
// corpus is made up, or lies in the folder that BENCH_IRC names. The reference reads the same files and inserts the
// same messages, each group durably.

import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from '../child.ts';
import { environment } from '../environment.ts';
import { type Figure, figure } from '../figure.ts';
import { writeCorpus } from '../ircCorpus.ts';
import { type Lab, programArgs } from '../lab.ts';

const SAID = /^(\d+) messages/m;

export const corpusOf = async (lab: Lab): Promise<readonly string[]> => {
  const given = process.env.BENCH_IRC || undefined;
  const folder = given ?? (await lab.folder('corpus'));
  if (given === undefined) await writeCorpus(folder, lab.sizes.lines);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => join(folder, name));
};

/** Messages a second, by what the process says at its end. */
export const rateOf = async (args: readonly string[], dataDir: string, lab: Lab): Promise<number> => {
  const child = startChild(args, { on: lab.cores.all, env: environment(dataDir) });
  const messages = SAID.exec(await child.output())?.[1];
  const seconds = (performance.now() - child.startedAt) / 1000;
  if (messages === undefined || messages === '0') throw new Error('nothing was imported');
  return Number(messages) / seconds;
};

export const importing = async (lab: Lab): Promise<readonly Figure[]> => {
  const files = await corpusOf(lab);
  const dataDir = join(await lab.folder('import'), 'data');
  await mkdir(dataDir);
  const program = await rateOf([...programArgs, 'import', 'irc', ...files, '--room', 'Corpus', '--new'], dataDir, lab);
  const script = join(import.meta.dirname, '../importProcess.ts');
  const bare = await rateOf([script, await lab.folder('bare-import'), ...files], dataDir, lab);
  return [figure('import', program, 'messages/s', bare)];
};
