// verbatim reset-password: makes a link with which the owner of an account sets a new password. Nobody but the owner learns
// the password.

import { LINK_LIFETIME } from '../auth/links.ts';
import { type Config, readConfig } from '../config.ts';
import { resetLink } from '../serverVerbs.ts';
import { besideServer } from './besideServer.ts';
import type { Verb } from './verb.ts';

const addressOf = ({ PUBLIC_URL, HOST, PORT }: Config): string =>
  PUBLIC_URL ?? `http://${HOST.includes(':') ? `[${HOST}]` : HOST}:${PORT}`;

export const resetPassword: Verb = (command) =>
  command
    .description('make a link with which the owner of an account sets a new password')
    .argument('<name>', 'its e-mail address or username')
    .action(async (name: string) => {
      const token = await besideServer('reset-password', [name], (core) => resetLink(core, name));
      const config = readConfig(process.env);
      const address = addressOf(config);
      console.log(`${address}/reset-password#${token}`);
      if (config.PUBLIC_URL === undefined)
        console.error(
          `PUBLIC_URL is not set: in place of ${address} write the address at which the owner reaches the server.`,
        );
      const minutes = LINK_LIFETIME['reset-password'] / 60;
      console.error(`Good once, for ${minutes} minutes. Give it to the owner of ${name} alone.`);
    });
