// Presence, without sockets: two processes that tell each other over a channel in memory, and a clock that only the test moves.

import { describe, expect, test } from 'vitest';
import { createPresence, type Presence } from '../../src/presence/presence.ts';
import type { Shown } from '../../src/presence/states.ts';
import { ACCOUNTS_PER_TEXT } from '../../src/presence/told.ts';
import { EPHEMERA_CHARS } from '../../src/store/ports.ts';

const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const [ann, ben] = [idOf(1), idOf(2)];

const setUp = () => {
  let time = Date.parse('2026-11-29T12:00:00Z');
  let isLost = false;
  /** How far the clocks were set, in milliseconds. */
  let set = 0;
  const texts: string[] = [];
  const processes: Presence[] = [];
  const add = (name: string) => {
    const tell = (text: string): void => {
      texts.push(text);
      if (!isLost) for (const other of processes) if (other !== presence) expect(other.hear(text)).toBe(true);
    };
    const presence: Presence = createPresence({ tell }, { self: name, now: () => time + set, clock: () => time });
    const told: [string, Shown][] = [];
    presence.onChange((userId, shown) => void told.push([userId, shown]));
    processes.push(presence);
    return { presence, told };
  };
  const [here, there] = [add('here'), add('there')];
  const pass = (seconds: number, alive: readonly Presence[] = processes): void => {
    for (const end = time + seconds * 1000; time < end; ) {
      time += 2000;
      for (const each of alive) each.beat();
    }
  };
  return {
    here,
    there,
    pass,
    add,
    texts,
    lose: (is: boolean) => (isLost = is),
    now: () => new Date(time + set),
    setClock: (milliseconds: number) => (set += milliseconds),
  };
};
const none = { status: null } as const;

describe('an account', () => {
  test.each([
    ['back', -1],
    ['forward', 1],
  ])('is there as long as it is, though the clocks are set %s by a day', (_, sign) => {
    const { here, there, pass, setClock } = setUp();
    const phone = {};
    here.presence.arrived(ann, phone);
    pass(4);
    setClock(sign * 86_400_000);
    pass(200);
    for (const { presence, told } of [here, there]) {
      expect(presence.isThere(ann)).toBe(true);
      expect(told).toHaveLength(1);
    }
    here.presence.left(ann, phone);
    setClock(sign * 86_400_000);
    pass(20);
    for (const { presence } of [here, there]) expect(presence.isThere(ann)).toBe(false);
  });

  test('is online while one of its sockets is open, at every process', () => {
    const { here, there, pass } = setUp();
    const [phone, desktop] = [{}, {}];
    expect(here.presence.of(ann)).toEqual({ state: 'offline', ...none });
    here.presence.arrived(ann, phone);
    there.presence.arrived(ann, desktop);
    pass(4);
    for (const { presence, told } of [here, there]) {
      expect(presence.of(ann)).toEqual({ state: 'online', ...none });
      expect(told).toEqual([[ann, { state: 'online', ...none }]]);
    }
    here.presence.left(ann, phone);
    pass(20);
    expect(here.presence.isThere(ann)).toBe(true);
    there.presence.left(ann, desktop);
    pass(20);
    for (const { presence, told } of [here, there]) {
      expect(presence.isThere(ann)).toBe(false);
      expect(told).toHaveLength(2);
    }
  });

  test('is away when all its sockets say so, and dnd when it chose so', () => {
    const { here, there, pass } = setUp();
    const [phone, desktop] = [{}, {}];
    here.presence.arrived(ann, phone);
    there.presence.arrived(ann, desktop);
    const states = () => [here, there].map(({ presence }) => presence.of(ann).state);
    const say = (where: Presence, socket: object, state: 'online' | 'away' | 'dnd') => {
      where.say(ann, socket, state);
      pass(4);
      return states();
    };
    expect(say(here.presence, phone, 'away')).toEqual(['online', 'online']);
    expect(say(there.presence, desktop, 'away')).toEqual(['away', 'away']);
    // It subscribes to more.
    there.presence.arrived(ann, desktop);
    expect(states()).toEqual(['away', 'away']);
    expect(say(here.presence, phone, 'dnd')).toEqual(['dnd', 'dnd']);
    expect(say(here.presence, phone, 'away')).toEqual(['dnd', 'dnd']);
    // Chosen at one process, ended at the other.
    expect(say(there.presence, desktop, 'online')).toEqual(['online', 'online']);
    expect(say(there.presence, {}, 'dnd')).toEqual(['online', 'online']);
  });

  test('that reconnects within seconds was never away, and is still undisturbed', () => {
    const { here, there, pass } = setUp();
    const [first, second] = [{}, {}];
    here.presence.arrived(ann, first);
    here.presence.say(ann, first, 'dnd');
    pass(4);
    here.presence.left(ann, first);
    here.presence.left(ann, first);
    pass(4);
    here.presence.arrived(ann, second);
    pass(20);
    for (const { told } of [here, there]) expect(told).toEqual([[ann, { state: 'dnd', ...none }]]);
    here.presence.left(ann, second);
    pass(8);
    here.presence.arrived(ann, first);
    pass(2);
    expect(here.told.map(([, { state }]) => state)).toEqual(['dnd', 'offline', 'online']);
  });

  test('that reconnects within seconds was never away, whatever else changes of it meanwhile', () => {
    const { here, there, pass } = setUp();
    const [phone, desktop] = [{}, {}];
    here.presence.arrived(ann, phone);
    there.presence.arrived(ann, desktop);
    there.presence.say(ann, desktop, 'away');
    pass(4);
    here.presence.left(ann, phone);
    here.presence.setStatus(ann, { text: 'Back soon', emoji: null, endsAt: null });
    there.presence.left(ann, desktop);
    there.presence.setStatus(ann, null);
    pass(4);
    here.presence.arrived(ann, {});
    pass(20);
    for (const { told } of [here, there])
      expect(new Set(told.map(([, { state }]) => state))).toEqual(new Set(['online']));
  });

  test('that changes its mind between two beats is told of once, and not at all if it is as before', () => {
    const { here, pass, texts } = setUp();
    const socket = {};
    here.presence.arrived(ann, socket);
    pass(2);
    const before = texts.length;
    for (let i = 0; i < 1000; i++) here.presence.say(ann, socket, i % 2 === 0 ? 'away' : 'online');
    pass(2);
    expect(here.told).toHaveLength(1);
    expect(texts.length - before).toBeLessThan(3);
  });
});

describe('what processes tell', () => {
  test('is repeated, so that who was lost is found, and who left without a word is offline', () => {
    const { here, there, pass, add, lose } = setUp();
    lose(true);
    here.presence.arrived(ann, {});
    pass(2);
    lose(false);
    expect(there.presence.isThere(ann)).toBe(false);
    pass(130);
    expect(there.presence.isThere(ann)).toBe(true);
    const late = add('late');
    pass(130);
    expect(late.presence.isThere(ann)).toBe(true);
    // The process dies: nothing of it is told any more.
    pass(140, [there.presence, late.presence]);
    pass(30, [there.presence, late.presence]);
    for (const { presence, told } of [there, late]) {
      expect(presence.isThere(ann)).toBe(false);
      expect(told.at(-1)).toEqual([ann, { state: 'offline', ...none }]);
    }
  });

  test('fits into the texts that the channel takes, many accounts in each', () => {
    const { here, there, pass, texts } = setUp();
    for (let i = 0; i < 5000; i++) here.presence.arrived(idOf(i), {});
    pass(2);
    expect(texts.length).toBeLessThanOrEqual(50);
    pass(6);
    for (let i = 0; i < 5000; i++) expect(there.presence.isThere(idOf(i))).toBe(true);
    here.presence.setStatus(ann, { text: '\u{1f600}'.repeat(100), emoji: '\u{1f600}', endsAt: '2026-12-01T00:00:00Z' });
    expect(texts.every(({ length }) => length <= EPHEMERA_CHARS)).toBe(true);
    expect(ACCOUNTS_PER_TEXT).toBeGreaterThan(35);
    const sent = texts.length;
    pass(60);
    expect(texts.length - sent).toBeLessThan(2 * Math.ceil(5000 / ACCOUNTS_PER_TEXT));
  });

  test('is not taken for something else', () => {
    const { here } = setUp();
    for (const text of [
      '',
      '{}',
      '{"protocol":"native"}',
      '{"by":"x","present":"o12"}',
      '{"by":"x","present":"z'.concat('A'.repeat(22), '"}'),
    ])
      expect(here.presence.hear(text)).toBe(false);
  });
});

describe('a status', () => {
  const meeting = { text: 'In a meeting', emoji: null, endsAt: null };

  test('is shown everywhere, also of who is offline, until it ends', () => {
    const { here, there, pass, now } = setUp();
    const endsAt = new Date(now().getTime() + 60_000).toISOString();
    here.presence.setStatus(ann, { ...meeting, endsAt });
    pass(4);
    for (const { presence, told } of [here, there]) {
      expect(presence.of(ann)).toEqual({ state: 'offline', status: { ...meeting, endsAt } });
      expect(told).toHaveLength(1);
    }
    pass(60);
    for (const { presence, told } of [here, there]) {
      expect(presence.of(ann)).toEqual({ state: 'offline', ...none });
      expect(told.at(-1)).toEqual([ann, { state: 'offline', ...none }]);
    }
  });

  test('is repeated to processes that start later; of two the later one counts, also if it takes the first back', () => {
    const { here, there, pass, add, lose, texts } = setUp();
    here.presence.setStatus(ann, meeting);
    there.presence.setStatus(ann, { ...meeting, text: 'Lunch' });
    expect(here.presence.of(ann).status?.text).toBe('Lunch');
    // Told first, heard last.
    there.presence.hear(texts[0]!);
    expect(there.presence.of(ann).status?.text).toBe('Lunch');
    const late = add('late');
    pass(130);
    expect(late.presence.of(ann).status?.text).toBe('Lunch');
    lose(true);
    late.presence.setStatus(ann, null);
    lose(false);
    pass(130);
    for (const { presence } of [here, there, late]) expect(presence.of(ann).status).toBeNull();
  });

  test('is taken back everywhere, also at a process that never heard of it', () => {
    const { here, there, pass, add, lose } = setUp();
    lose(true);
    here.presence.setStatus(ann, meeting);
    lose(false);
    const late = add('late');
    pass(2);
    late.presence.setStatus(ann, null);
    pass(130);
    for (const { presence } of [here, there, late]) expect(presence.of(ann).status).toBeNull();
  });

  test('is forgotten with the person, though another process that has yet to learn of it repeats it', () => {
    const { here, there, pass } = setUp();
    here.presence.setStatus(ann, meeting);
    pass(2);
    there.presence.forget(ann);
    pass(130, [here.presence]);
    expect(there.presence.of(ann).status).toBeNull();
    here.presence.forget(ann);
    pass(130);
    for (const { presence } of [here, there]) expect(presence.of(ann).status).toBeNull();
  });

  test('is forgotten with the person', () => {
    const { here, pass } = setUp();
    here.presence.setStatus(ben, meeting);
    pass(2);
    here.presence.forget(ben);
    pass(2);
    expect(here.presence.of(ben).status).toBeNull();
    expect(here.told.at(-1)).toEqual([ben, { state: 'offline', ...none }]);
  });

  test('that makes room for later ones is gone for those who were told of it', () => {
    const { here, there, pass } = setUp();
    here.presence.setStatus(ann, meeting);
    pass(2);
    for (let n = 0; n < 10_000; n++) here.presence.setStatus(idOf(100 + n), meeting);
    pass(2);
    for (const { presence, told } of [here, there]) {
      expect(presence.of(ann)).toEqual({ state: 'offline', ...none });
      expect(told.filter(([userId]) => userId === ann).map(([, { status }]) => status)).toEqual([meeting, null]);
    }
  });
});
