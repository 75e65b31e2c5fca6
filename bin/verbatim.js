#!/usr/bin/env node
// Starts the command line on a Node that can run it: the one at hand, or the one installed with the project.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const LEAST = 24;
const cli = new URL('../src/cli.ts', import.meta.url);

if (Number(process.versions.node.split('.')[0]) >= LEAST) {
  // The sources need no stripping and compiling at the next start. The threads of this process find the cache by its variable.
  const { directory } = module.enableCompileCache();
  if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory;
  const { main } = await import(cli.href);
  await main(process.argv.slice(2));
} else {
  const installed = fileURLToPath(
    new URL(`../node_modules/.bin/node${process.platform === 'win32' ? '.cmd' : ''}`, import.meta.url),
  );
  if (!existsSync(installed)) {
    console.error(
      `Verbatim needs Node ${LEAST} or newer; this is ${process.version}, and none is installed with the project. Run npm ci.`,
    );
    process.exit(1);
  }
  // The child sees by the channel when this process is gone, however it went.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = spawn(installed, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio });
  // This process stays until the child has gone. Ctrl-C reaches both; the child knows that a copy is one.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
