// What an operator reads when a file of the data directory is damaged.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './support/cli.ts';
import { startProgram } from './support/program.ts';

test.each(['events.db', 'keys.db'])('a start that fails at a damaged %s names the file', async (name) => {
  const home = await temporaryDirectory();
  await startProgram({ dataDir: home.path }).then((program) => program.close());
  const file = join(home.path, name);
  await writeFile(file, 'x'.repeat(8192));
  await expect(startProgram({ dataDir: home.path })).rejects.toThrow(`${file}: file is not a database (SQLite 26)`);
  await home.remove();
});
