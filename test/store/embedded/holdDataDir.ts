// Run as a process: opens the data directory in `argv[2]`, says so, and holds it until it is killed.

import { openDataDir } from '../../../src/store/embedded/dataDir.ts';

await openDataDir(process.argv[2]!);
process.stdout.write('held\n');
setInterval(() => {}, 60_000);
