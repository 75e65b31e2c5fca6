import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Message, Profile, Quoted } from '../src/api/answers.ts';
import { framesIn, framesOut } from '../src/api/frameExamples.ts';
import { type EventType, schemas } from '../src/domain/events.ts';
import { native } from '../src/ws/frames.ts';
import { CLOSE, type FrameContext } from '../src/ws/protocol.ts';
import { Inbound, present, readFrame } from '../src/ws/wire.ts';
import { samplesOf } from './support/samplesOf.ts';
import { NOON, uuid } from './support/scenario.ts';

const page = readFileSync(new URL('../docs/socket.md', import.meta.url), 'utf8');
const rowsIn = (title: string): Map<string, string[]> => {
  const [, section = ''] = page.split(`## ${title}\n`);
  const rows = section.split('\n## ')[0]!.matchAll(/^\| `([\w-]+)` \| ([^|]*) \|/gm);
  return new Map(
    [...rows].map(([, type, fields]) => [type!, [...fields!.matchAll(/`(\w+)`/g)].map(([, field]) => field!)]),
  );
};

test('docs/socket.md has every frame that may come in, with every field', () => {
  const documented = rowsIn('In');
  expect([...documented.keys()]).toEqual(Inbound.options.map(({ shape }) => shape.type.value));
  for (const { shape } of Inbound.options) {
    const fields = Object.keys(shape).filter(
      (field) =>
        field !== 'type' && (field !== 'key' || ['send', 'edit', 'remove', 'restore'].includes(shape.type.value)),
    );
    expect(new Set(documented.get(shape.type.value)), shape.type.value).toEqual(new Set(fields));
  }
});

test('docs/socket.md has the frames that answer', () => {
  const documented = rowsIn('Out');
  for (const name of Object.keys(present)) {
    const type = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    expect(documented.has(type), type).toBe(true);
  }
});

test('docs/socket.md has every close code', () => {
  for (const code of Object.values(CLOSE)) expect(page).toContain(String(code));
});

describe('the frames on the page of the API', () => {
  test('are all that a socket reads, each with an example that it takes', () => {
    expect(Object.keys(framesIn)).toEqual(Inbound.options.map(({ shape }) => shape.type.value));
    for (const [type, { example }] of Object.entries(framesIn)) {
      expect(readFrame(JSON.stringify(example))).toMatchObject({ frame: example });
      expect(example.type).toBe(type);
    }
  });

  test('are all that it sends, with the fields that docs/socket.md has', () => {
    const documented = rowsIn('Out');
    expect(new Set(Object.keys(framesOut))).toEqual(new Set(documented.keys()));
    for (const [type, { example }] of Object.entries(framesOut)) {
      const { type: own, ...fields } = example;
      expect(own).toBe(type);
      expect(documented.get(type), type).toEqual(expect.arrayContaining(Object.keys(fields)));
    }
    Message.parse(framesOut.message!.example.message);
    Quoted.parse((framesOut.message!.example.quoted as { message: unknown }).message);
    for (const { example } of [framesOut.message!, framesOut['member-added']!])
      Profile.parse(example.sender ?? example.user);
  });

  test('have of an event the fields that the socket sends', async () => {
    const shownUser = framesOut.user!.example.user;
    const said = async () => framesOut.message!.example.message;
    const context = {
      user: async () => shownUser,
      file: async () => undefined,
      restored: said,
      quotedBy: said,
    } as unknown as FrameContext;
    for (const [type, frameOf] of Object.entries(native.frames)) {
      const [data] = samplesOf(schemas[type as EventType]);
      const event = { id: uuid(1), type, stream: 'conversation-x', revision: 0, position: 1, at: NOON, meta: {}, data };
      const frame = JSON.parse(JSON.stringify(await frameOf(event as never, context)));
      const fields = Object.keys(framesOut[frame.type]!.example);
      expect([type, new Set([...Object.keys(frame), 'by'])]).toEqual([type, new Set([...fields, 'by'])]);
    }
  });
});
