import { describe, expect, test } from 'vitest';
import { createMemoryBudget, type Holder, type MemoryBudget, type Owner } from '../../src/ws/flow/memoryBudget.ts';
import { CLOSE } from '../../src/ws/protocol.ts';

const LIMITS = { all: 100, account: 40, address: 10 };
const account = (name: string): Owner => ({ kind: 'account', name });
const address = (name: string): Owner => ({ kind: 'address', name });

/** A socket that says of itself what it holds. */
class Socket implements Holder {
  held = 0;
  inWork = 0;
  isStalled = false;
  readonly connection = this;
  code: number | undefined;
  isTerminated = false;
  readonly memory: MemoryBudget;
  readonly owner: Owner;

  constructor(memory: MemoryBudget, owner: Owner) {
    this.memory = memory;
    this.owner = owner;
  }

  get isOpen(): boolean {
    return this.code === undefined;
  }

  holds(held: number, inWork = 0): this {
    this.held = held;
    this.inWork = inWork;
    this.memory.note(this, this.owner);
    return this;
  }

  end(code: number): void {
    this.code = code;
  }

  terminate(): void {
    this.isTerminated = true;
    this.holds(0, this.inWork);
  }
}

const world = () => {
  const memory = createMemoryBudget(LIMITS);
  return { memory, socket: (owner: Owner) => new Socket(memory, owner) };
};

describe('who holds too much is closed', () => {
  test('an account, over all its sockets together', () => {
    const { socket } = world();
    const [one, other, stranger] = [socket(account('ann')), socket(account('ann')), socket(account('ben'))];
    stranger.holds(39);
    one.holds(15);
    other.holds(25);
    expect([one.code, other.code]).toEqual([undefined, undefined]);
    one.holds(16);
    expect([one.code, other.code, stranger.code]).toEqual([undefined, CLOSE.policy, undefined]);
  });

  test('an address before it has signed in, sooner than an account', () => {
    const { socket } = world();
    expect(socket(account('ann')).holds(11).code).toBeUndefined();
    expect(socket(address('192.0.2.1')).holds(11).code).toBe(CLOSE.policy);
  });

  test('of the whole process the one of whom there is most, never somebody with little', () => {
    const { socket } = world();
    const [ann, ben, cleo] = ['ann', 'ben', 'cleo'].map((name) => socket(account(name)).holds(30));
    const small = socket(account('dan')).holds(9);
    ann!.holds(35);
    expect([ann, ben, cleo, small].map((one) => one!.code)).toEqual([CLOSE.tryLater, undefined, undefined, undefined]);
  });

  test('one whose message does not come on rather than one that sends more', () => {
    const { socket } = world();
    const sending = socket(account('ann')).holds(40);
    const stalled = ['ben', 'cleo', 'dan'].map((name) => socket(account(name)).holds(19));
    for (const one of stalled) one.isStalled = true;
    socket(account('eve')).holds(4);
    expect(sending.code).toBeUndefined();
    expect(stalled.filter(({ code }) => code === CLOSE.tryLater)).toHaveLength(1);
  });

  test('while it reads why it still holds what it held; when more comes, that is given back and nobody else is closed', () => {
    const { memory, socket } = world();
    const greedy = socket(account('ann')).holds(38);
    const others = ['ben', 'cleo'].map((name) => socket(account(name)).holds(30));
    const late = socket(account('dan')).holds(3);
    expect([greedy.code, greedy.isTerminated]).toEqual([CLOSE.tryLater, false]);
    late.holds(20);
    expect(greedy.isTerminated).toBe(true);
    expect([...others, late].map(({ code }) => code)).toEqual([undefined, undefined, undefined]);
    expect(memory.all).toBe(80);
  });

  test('not one whose bytes are all in work: closing it would give nothing back', () => {
    const { socket } = world();
    const working = socket(account('ann')).holds(0, 39);
    const begun = socket(account('ann')).holds(2);
    expect([working.code, begun.code]).toEqual([undefined, CLOSE.policy]);
  });
});

test('what is given back is not counted any more', () => {
  const { memory, socket } = world();
  const one = socket(account('ann'));
  for (let i = 0; i < 10; i++) one.holds(39).holds(10, 20).holds(0);
  expect([one.code, memory.all]).toEqual([undefined, 0]);
});
