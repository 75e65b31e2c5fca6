// verbatim erase: makes all that a person was and said unreadable for ever, and prints a certificate.

import { Option } from 'commander';
import { erase as carryOut, type Erased, takeBack } from '../serverVerbs.ts';
import { besideServer } from './besideServer.ts';
import type { Verb } from './verb.ts';

interface Options {
  readonly now?: true;
  readonly takeBack?: true;
}

export const erase: Verb = (command) =>
  command
    .description('erase a person: destroy the keys of all that it was and said')
    .argument('<user>', 'its e-mail address, username or id')
    .option('--now', 'without the time in which it can be taken back')
    .addOption(new Option('--take-back', 'take back a request that is not carried out yet').conflicts('now'))
    .action(async (name: string, { now, takeBack: isBack }: Options) => {
      if (isBack) {
        await besideServer('take-back-erasure', [name], (core) => takeBack(core, name));
        console.log(`${name} is not erased`);
        return;
      }
      const args = now ? [name, 'now'] : [name];
      const erased: Erased = await besideServer('erase', args, (core) => carryOut(core, name, now ?? false));
      if (erased.certificate !== null) console.log(erased.certificate);
      else
        console.log(
          `${name} is erased at ${erased.dueAt}. Until then \`verbatim erase --take-back ${name}\` takes it back.`,
        );
    });
