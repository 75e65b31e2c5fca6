// verbatim seal: seals the log now, and prints the seal.

import { seal as sealNow } from '../serverVerbs.ts';
import { besideServer } from './besideServer.ts';
import type { Verb } from './verb.ts';

export const seal: Verb = (command) =>
  command.description('seal the log now, and print the seal').action(async () => {
    console.log(JSON.stringify(await besideServer('seal', [], sealNow)));
  });
