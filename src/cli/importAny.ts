// verbatim import: an export by itself, and logs of other programs under the name of their kind.

import { withoutKeys } from './backupKeys.ts';
import { importExport } from './importExport.ts';
import { importIrc } from './importIrc.ts';
import { folderNamed } from './namedStores.ts';
import type { Verb } from './verb.ts';

export const importAny: Verb = (command) => {
  command
    .description('fill empty stores with an export; or, with a kind, import logs of other programs')
    .argument('<folder>', 'that `verbatim export` made', folderNamed)
    .option(
      '--keys <folder>',
      'that `verbatim export --keys` made; default: where the server keeps its keys',
      folderNamed,
    )
    .addOption(withoutKeys())
    .option('--signed-by <key>', 'refuse an export that another key signed')
    .usage('[options] <folder>\n       verbatim import irc [options] <files...>')
    .helpCommand(false)
    .action(importExport);
  importIrc(command.command('irc').copyInheritedSettings(command));
  return command;
};
