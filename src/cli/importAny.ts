// verbatim import: an export by itself, and logs of other programs under the name of their kind.

import { importExport } from './importExport.ts';
import { importIrc } from './importIrc.ts';
import type { Verb } from './verb.ts';

export const importAny: Verb = (command) => {
  command
    .description('fill empty stores with an export; or, with a kind, import logs of other programs')
    .argument('<folder>', 'that `verbatim export` made')
    .option('--keys <folder>', 'that `verbatim export --keys` made; default: where the server keeps its keys')
    .option('--without-keys', 'the keys are lost: names and texts can never be read again')
    .option('--signed-by <key>', 'refuse an export that another key signed')
    .usage('[options] <folder>\n       verbatim import irc [options] <files...>')
    .helpCommand(false)
    .action(importExport);
  importIrc(command.command('irc').copyInheritedSettings(command));
  return command;
};
