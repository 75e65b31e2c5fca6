// npm run bench [-- <name>…] [-- --distributed] [-- --json <file>] [-- --tiny]: figures of the program, each beside a bare reference.

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { benches } from './benches/index.ts';
import { distributed, full as distributedFull, tiny as distributedTiny } from './distributed.ts';
import { type Figure, tableOf } from './figure.ts';
import { openLab } from './lab.ts';
import { awaitQuiet } from './quiet.ts';
import { full, tiny } from './sizes.ts';

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'string' },
    tiny: { type: 'boolean', default: false },
    distributed: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
/** Share of the machine that others may use before figures are doubtful. */
const NOISY = 0.2;

const names = positionals.length > 0 || values.distributed ? positionals : Object.keys(benches);
const unknown = names.filter((name) => !Object.hasOwn(benches, name));

if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`);
  process.exitCode = 2;
} else {
  const figures: Figure[] = [];
  if (values.distributed) figures.push(...(await distributed(values.tiny ? distributedTiny : distributedFull)));
  const lab = await openLab(values.tiny ? tiny : full);
  try {
    for (const name of names) {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name} …`);
      const busy = await awaitQuiet(lab.sizes.quiet);
      if (busy > NOISY)
        console.error(
          `${name}: the machine is ${Math.round(busy * 100)} % busy with something else; go by the ratios alone.`,
        );
      figures.push(...(await benches[name]!(lab)));
    }
  } finally {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    await lab.close();
  }
  console.log(tableOf(figures));
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
}
