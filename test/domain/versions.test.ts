// Events of every version ever recorded: they are still read, and still say the same.

import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { definitionOf, eventCatalogue } from '../../src/domain/catalogue.ts';
import { decode, decoderOf, encode } from '../../src/domain/codec.ts';
import { type Event, type EventType, schemas } from '../../src/domain/events.ts';
import { privateFieldsOf } from '../../src/domain/privateParts.ts';
import { streamsOf } from '../../src/domain/streamsOf.ts';
import { checkVersions, type EarlierVersions, versionOf } from '../../src/domain/versions.ts';
import type { Recorded } from '../../src/store/ports.ts';
import { recordedAt } from '../support/recorded.ts';
import { runVerbHere } from '../support/runVerbHere.ts';
import { samplesOf } from '../support/samplesOf.ts';
import { NOON, uuid } from '../support/scenario.ts';

/** `version`: as recorded. `event`: what it is read as. */
interface Golden {
  readonly version: number;
  readonly recorded: Recorded;
  readonly event: Event;
}

const golden = readFileSync(new URL('./golden/events.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Golden);

const types = Object.keys(schemas) as EventType[];

/** Data with all fields of a type: short texts, and ids where nothing else will do. */
const wholeData = (type: EventType): object => {
  const [sample] = samplesOf(schemas[type]);
  const data = JSON.parse(JSON.stringify(sample), (_, value) => (`${value}`.length > 100 ? 'Ärger um 5' : value));
  for (const { path } of schemas[type].safeParse(data).error?.issues ?? []) {
    const holder = path.slice(0, -1).reduce((value, key) => value[key], data);
    holder[path.at(-1)!] = uuid(7);
  }
  return data;
};

/** A line for the present version of a type. */
const lineOf = (type: EventType): string => {
  const meta = { actorId: uuid(1), correlationId: 'golden' };
  const place = { stream: streamsOf[type][0]!, revision: 4, position: 11 };
  const recorded = recordedAt(encode(uuid(9), { type, data: wholeData(type) } as never, NOON, meta), place);
  return JSON.stringify({ version: versionOf(type), recorded, event: decode(recorded) });
};

const ages = types.flatMap((type) => Array.from({ length: versionOf(type) }, (_, i) => [type, i + 1] as const));

test.each(ages)('the golden file has %s of version %i', (type, version) => {
  const found = golden.some((line) => line.recorded.type === type && line.version === version);
  const add = version === versionOf(type) ? lineOf(type) : 'the line that the release before this one had for it';
  expect(found, `add to test/domain/golden/events.jsonl, and never change it again: ${add}`).toBe(true);
});

test.each(golden.map((line) => [line.recorded.type, line.version, line] as const))(
  '%s of version %i is read as ever',
  (_, version, { recorded, event }) => {
    expect(JSON.parse(recorded.meta).v).toBe(version);
    expect(decode(recorded)).toEqual(event);
  },
);

describe('an old shape', () => {
  const at = (v: number, data: object): Recorded => ({
    ...recordedAt(
      { id: uuid(9), type: 'FileUsed', data: JSON.stringify(data), meta: '' },
      { stream: 'file-1', revision: 0, position: 1 },
    ),
    meta: JSON.stringify({ v, at: NOON, actorId: null, correlationId: 'test' }),
  });
  const versions: EarlierVersions = {
    FileUsed: [
      { schema: z.object({ file: z.string() }), upcast: ({ file }) => ({ files: [file] }) },
      { schema: z.object({ files: z.array(z.string()) }), upcast: ({ files }) => ({ fileId: (files as string[])[0] }) },
    ],
  };

  test('goes through every version after it, and the present one through none', () => {
    const read = decoderOf(versions);
    for (const recorded of [at(1, { file: uuid(3) }), at(2, { files: [uuid(3)] }), at(3, { fileId: uuid(3) })])
      expect(read(recorded).data).toEqual({ fileId: uuid(3) });
    expect(() => read(at(4, {}))).toThrow('is a FileUsed of version 4, newer than the 3 known here');
    expect(() => read(at(1, { files: [] }))).toThrow('is not a FileUsed');
  });

  test('without a schema or an upcaster, or of no type, keeps the program from starting', () => {
    expect(() => checkVersions()).not.toThrow();
    expect(() => checkVersions(versions)).not.toThrow();
    const [first, second] = versions.FileUsed!;
    const wrong = (rows: unknown) => () => checkVersions(rows as EarlierVersions);
    expect(wrong({ FileUsed: [undefined, second] })).toThrow('version 1 of FileUsed has no schema');
    expect(wrong({ FileUsed: [first, { schema: second!.schema }] })).toThrow('version 2 of FileUsed has no upcaster');
    expect(wrong({ FileLost: [first] })).toThrow('earlier versions of FileLost, which is no type of event');
  });
});

test.each([
  [{ logId: uuid(1) }, 'begins a log of no numbered format, and this program reads format 1'],
  [{ logId: uuid(1), format: 2 }, 'begins a log of format 2, and this program reads format 1'],
])('a log of another format is refused in words: %j', (data, words) => {
  const meta = JSON.stringify({ v: 1, at: NOON, actorId: null, correlationId: 'start' });
  const begun = {
    id: uuid(9),
    type: 'LogBegun',
    stream: 'log',
    revision: 0,
    position: 1,
    data: JSON.stringify(data),
    meta,
  };
  expect(() => decode(begun)).toThrow(words);
});

describe('the catalogue of events', () => {
  const catalogue = eventCatalogue();
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(catalogue, 'events');

  test('is what the verb prints', async () => {
    const { code, out } = await runVerbHere(['schema'], {});
    expect({ code, printed: JSON.parse(out) }).toEqual({ code: 0, printed: JSON.parse(JSON.stringify(catalogue)) });
  });

  test('has every version of every type, where they lie, and which fields are private', () => {
    expect(Object.keys(catalogue.$defs)).toEqual(ages.map(([type, version]) => definitionOf(type, version)));
    for (const type of types)
      expect(catalogue.$defs[definitionOf(type, versionOf(type))]).toMatchObject({
        'x-streams': streamsOf[type],
        'x-private': privateFieldsOf(type),
      });
  });

  test.each(golden.map((line) => [line.recorded.type, line.version, line] as const))(
    'describes %s of version %i',
    (type, version, { recorded: { data, opened } }) => {
      const { secret: _, ...open } = JSON.parse(data);
      const check = ajv.getSchema(`events#/$defs/${definitionOf(type as EventType, version)}`)!;
      expect([check({ ...open, ...JSON.parse(opened ?? '{}') }), check.errors]).toEqual([true, null]);
    },
  );
});
