// Run as a process, under strace: exports the log of the data directory `argv[2]` to `argv[3]`, with its files, and its keys to
// `argv[4]`, in batches of a few events.

import { exportTo } from '../../src/cli/exportLog.ts';
import { readConfig } from '../../src/config.ts';

const [dataDir = '', folder = '', keys = ''] = process.argv.slice(2);
await exportTo(folder, readConfig({ DATA_DIR: dataDir, LOG_LEVEL: 'silent' }), { files: true, keys }, 2000);
