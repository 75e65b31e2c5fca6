// node bench/importProcess.ts <folder> <files…>: the bare import, whose groups are as large as the program's.

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readIrcLog } from '../test/support/readIrcLog.ts';
import { openBareLog } from './bareLog.ts';

const GROUP = 400;
const [folder = '', ...files] = process.argv.slice(2);
const log = openBareLog(join(folder, 'bare.db'));
let messages = 0;

for (const file of files) {
  const { lines } = readIrcLog(readFileSync(file, 'utf8'), basename(file));
  const said = lines.flatMap((line) => (line.kind === 'said' ? [{ senderId: line.nick, text: line.text }] : []));
  for (let i = 0; i < said.length; i += GROUP) log.insert(said.slice(i, i + GROUP));
  messages += said.length;
}
log.close();
console.log(`${messages} messages`);
