// The catalogue of events as one JSON Schema, for people and programs that read the log without this program.

import { z } from 'zod';
import { type EventType, LOG_FORMAT, schemas } from './events.ts';
import { privateFieldsOf } from './privateParts.ts';
import { streamsOf } from './streamsOf.ts';
import { earlier, versionOf } from './versions.ts';

/** The name of a version in the catalogue. */
export const definitionOf = (type: EventType, version: number): string => `${type}.${version}`;

/** The data of one version of a type, with its private part open. */
const versionSchema = (type: EventType, version: number) => {
  const { $schema: _, ...data } = z.toJSONSchema(earlier[type]?.[version - 1]?.schema ?? schemas[type]);
  const about = { 'x-type': type, 'x-version': version, 'x-streams': streamsOf[type] };
  return { ...data, ...about, 'x-private': privateFieldsOf(type) };
};

/**
 * `$defs` has the data of every version of every type as `<type>.<version>`. `x-private`: the fields that lie encrypted in
 * `secret`; `x-streams`: where such events lie.
 */
export const eventCatalogue = () => {
  const types = Object.keys(schemas) as EventType[];
  const names = types.flatMap((type) =>
    Array.from({ length: versionOf(type) }, (_, i) => [definitionOf(type, i + 1), versionSchema(type, i + 1)] as const),
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Data of the events of Verbatim',
    'x-format': LOG_FORMAT,
    anyOf: names.map(([name]) => ({ $ref: `#/$defs/${name}` })),
    $defs: Object.fromEntries(names),
  };
};
