// What every command is held to: it records, it refuses with each code that it declares, and it does no harm twice.

import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { z } from 'zod';
import { createGroup } from '../../src/commands/createGroup.ts';
import type { Command } from '../../src/commands/declaration.ts';
import { storeFile } from '../../src/commands/storeFile.ts';
import type { EventType } from '../../src/domain/events.ts';
import { type RefusalCode, Refused } from '../../src/domain/refused.ts';
import { meta, openCore, type TestCore } from './core.ts';

export interface World extends Pick<TestCore, 'core' | 'person'> {
  /** A group of `owner`, with these members. */
  group(owner: string, more?: { readonly public?: boolean; readonly memberIds?: readonly string[] }): Promise<string>;
  /** The address of a file that `owner` stored. */
  stored(owner: string): Promise<string>;
  /** Sets the clock ahead, so that a time ends in a test as short as a millisecond. */
  pass(milliseconds: number): void;
}

/**
 * Who asks for what; null: a stranger, or the program itself. A user has just given credentials, unless `signedInAt` says
 * otherwise.
 */
export type Wish<Input extends z.ZodType> = readonly [
  actorId: string | null,
  wish: z.input<Input>,
  signedInAt?: Date | null,
];
/** A sign-in that is no longer fresh. */
export const longAgo = (): Date => new Date(Date.now() - 5 * 60_000);

type Asks<Input extends z.ZodType> = (world: World) => Promise<Wish<Input>>;

export interface Rules<Input extends z.ZodType> {
  /** A wish that is granted, and what is recorded then. */
  readonly taken: Asks<Input>;
  readonly records: readonly EventType[];
  /** What the same wish records a second time, or the refusal that it meets then. Default: nothing is recorded. */
  readonly again?: readonly EventType[] | RefusalCode;
  /** By title, in the users' words: the code, and a wish that meets it. */
  readonly refused: Readonly<Record<string, readonly [RefusalCode, Asks<Input>]>>;
}

/** Each command may be refused with these. Keys and conflicts are the ledger's, and tested there. */
const ofEveryCommand: readonly RefusalCode[] = ['command-key-reused', 'conflict', 'scope-missing', 'signed-out'];
/** Only a race with a deletion refuses one's own account so: see the tests of the decisions. */
const unlessRaced = (declared: readonly RefusalCode[], raced: readonly RefusalCode[]) =>
  declared.filter((code) => !ofEveryCommand.includes(code) && !raced.includes(code));

export const commandRules = <Input extends z.ZodType, Made extends object>(
  command: Command<Input, Made>,
  { taken, records, again = [], refused }: Rules<Input>,
  raced: readonly RefusalCode[] = [],
): void => {
  let program: TestCore;
  let world: World;
  beforeAll(async () => {
    let passed = 0;
    program = await openCore({}, () => new Date(Date.now() + passed));
    const { core, person } = program;
    const names = new Map<string, number>();
    world = {
      core,
      pass: (milliseconds) => {
        passed += milliseconds;
      },
      person: (name) => {
        const nth = (names.get(name) ?? 0) + 1;
        names.set(name, nth);
        return person(nth === 1 ? name : `${name}${nth}`);
      },
      group: async (owner, { memberIds = [], ...more } = {}) =>
        (await createGroup(core, meta(owner), { name: 'Team', memberIds: [...memberIds], ...more })).conversationId,
      stored: async (owner) => {
        const { fileId } = await storeFile(core, meta(owner), {}, Readable.from([Buffer.from('a picture')]), 100);
        return `/v1/files/${fileId}`;
      },
    };
  });
  afterAll(() => program.dispose());

  const recordedBy = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    const before = await program.stores.events.head();
    await work();
    const { events } = program.stores;
    return (await events.readLog(before)).map(({ type }) => type).filter((type) => type !== 'NumbersReserved');
  };

  test(`it records ${records.join(' and ')}${again.length === 0 ? ', and nothing when it is repeated' : ''}`, async () => {
    const [actorId, wish] = await taken(world);
    const from = { ...meta(actorId), signedInAt: new Date() };
    expect(await recordedBy(() => command(world.core, from, wish))).toEqual(records);
    const repeat = () => command(world.core, from, wish);
    if (typeof again === 'string') await expect(repeat()).rejects.toThrow(again);
    else expect(await recordedBy(repeat)).toEqual(again);
  });

  test('under its key it is carried out once, and under the key of another one refused', async () => {
    const [actorId, wish] = await taken(world);
    const key = randomUUID();
    const ask = (hash: string) =>
      command(world.core, { ...meta(actorId, { key, hash }), signedInAt: new Date() }, wish);
    const first = await ask('one');
    expect(await recordedBy(async () => expect(await ask('one')).toMatchObject({ position: first.position }))).toEqual(
      [],
    );
    if (actorId !== null) await expect(ask('another')).rejects.toThrow(new Refused('command-key-reused'));
  });

  if (command.access === 'user')
    test('a stranger is told to sign in', async () => {
      const [, wish] = await taken(world);
      await expect(command(world.core, meta(null), wish)).rejects.toThrow(new Refused('signed-out'));
    });

  test.each(Object.entries(refused))('%s', async (_, [code, asks]) => {
    const [actorId, wish, signedInAt = new Date()] = await asks(world);
    const error = await command(world.core, { ...meta(actorId), signedInAt }, wish).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Refused);
    expect((error as Refused).code).toBe(code);
  });

  test('every refusal that it declares is tried here, and no other', () => {
    const tried = new Set(Object.values(refused).map(([code]) => code));
    expect(tried).toEqual(new Set(unlessRaced(command.refuses, raced)));
  });
};
