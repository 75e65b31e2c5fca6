// Requests made up from the OpenAPI document, valid and invalid ones, are answered as it says. Needs the command
// `schemathesis` of the Python package of that name.

import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { PASSWORD, startProgram } from '../../support/program.ts';

const isThere = spawnSync('schemathesis', ['--version']).status === 0;
const config = fileURLToPath(new URL('./schemathesis.toml', import.meta.url));
/** They end the credential of those who send them. */
const ENDS = ['deleteMe', 'signOut'].flatMap((name) => ['--exclude-operation-id', name]);

test.skipIf(!isThere)(
  `Schemathesis finds nothing${isThere ? '' : ' (it is not installed)'}`,
  async () => {
    const program = await startProgram({ viewWait: 100 });
    try {
      const { id, username: login } = await program.person('ada');
      await program.grant(id, 'admin');
      const json = { login, password: PASSWORD, kind: 'key' };
      const { key } = (await program.call('POST', '/v1/sessions', { json })).json;
      const common = ['--config-file', config, 'run', `${program.url}/v1/openapi.json`, '--max-examples', '10'];
      const how = [
        '--phases',
        'examples,coverage,fuzzing',
        '--continue-on-failure',
        '--header',
        `Authorization: Token ${key}`,
      ];
      const found = await promisify(execFile)('schemathesis', [...common, ...how, ...ENDS], {
        maxBuffer: 2 ** 26,
        // It keeps notes where it runs.
        cwd: program.dataDir,
      }).catch((error: { stdout: string }) => error);
      const [, summary = found.stdout] = found.stdout.split(' SUMMARY ');
      expect(summary).not.toMatch(/Failures:|Errors:/);
      expect(summary).toContain('Tested: ');
    } finally {
      await program.close();
    }
  },
  1_800_000,
);
