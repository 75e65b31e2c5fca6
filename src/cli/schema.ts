// verbatim schema: prints the catalogue of events.

import { eventCatalogue } from '../domain/catalogue.ts';
import type { Verb } from './verb.ts';

export const schema: Verb = (command) =>
  command
    .description('print all events, in all their versions, as one JSON Schema')
    .action(() => console.log(JSON.stringify(eventCatalogue(), null, 2)));
