// A server is stopped under load again and again: each time it ends by itself in time, and nothing acknowledged is lost.
// FAULTS_ROUNDS says how often, FAULTS_SEED repeats the moments of a run.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { runVerb, startServer, temporaryDirectory } from '../support/cli.ts';
import { faultRun } from '../support/faultRun.ts';
import { askingOf } from '../support/program.ts';
import { connect } from '../support/sockets.ts';
import { AUTH_SECRET } from '../support/stores.ts';

const SENDERS = 32;
const LISTENERS = 10;
/** The promise, in milliseconds. */
const DEADLINE = 10_000;

interface Node {
  readonly env: Readonly<Record<string, string>>;
  /** SIGSTOP and SIGCONT of the process that keeps the events, where there is one. */
  signal(signal: NodeJS.Signals): void;
}

const ownStore = async (): Promise<Node> => ({ env: {}, signal: () => undefined });

const standIn = async (folder: string, keep: (child: ChildProcess) => void): Promise<Node> => {
  const main = resolve(import.meta.dirname, '../support/eventStoreDb/main.ts');
  const child = spawn(process.execPath, [main, '--file', join(folder, 'node.db')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  keep(child);
  const [line] = await once(child.stdout, 'data');
  return {
    env: { EVENTSTORE_URL: String(line).trim(), AUTH_SECRET },
    signal: (signal) => void child.kill(signal),
  };
};

/** Talks to a server until it is stopped. Out: the texts that were acknowledged. */
const load = (url: string, token: string, group: string, round: number) => {
  const acknowledged: string[] = [];
  const over = new AbortController();
  const senders = Array.from({ length: SENDERS }, async (_, who) => {
    for (let n = 0; !over.signal.aborted; n++) {
      const text = `${round}:${who}:${n}`;
      const path = `/v1/conversations/${group}/messages`;
      const reply = await askingOf(url)
        .call('POST', path, { token, json: { text } })
        .catch(() => undefined);
      if (reply === undefined) return;
      if (reply.status < 300) acknowledged.push(text);
    }
  });
  return {
    acknowledged,
    end: async () => {
      over.abort();
      await Promise.all(senders);
    },
  };
};

const stores = [
  ['the embedded store', ownStore, false],
  ['EventStoreDB’s stand-in', standIn, false],
  ['EventStoreDB’s stand-in, which stops answering at the same moment', standIn, true],
] as const;

test.each(stores)('stops under load on %s end in time, and lose nothing', async (name, open, isPaused) => {
  const home = await temporaryDirectory();
  const children = new Set<ChildProcess>();
  const run = faultRun(`stops on ${name}`, 36);
  try {
    const node = await open(home.path, (child) => children.add(child));
    const env = { DATA_DIR: join(home.path, 'data'), ...node.env };
    const acknowledged: string[] = [];
    const took: number[] = [];
    const codes = new Map<number | null, number>();
    const closings = new Map<number, number>();
    let account: { readonly token: string; readonly group: string } | undefined;

    for (let round = 0; round < run.rounds; round++) {
      const { url, child } = await startServer(env);
      children.add(child);
      if (account === undefined) {
        const { token } = await askingOf(url).person('ann');
        // A key lasts longer than the test.
        const login = { login: 'ann', password: 'correct horse', kind: 'key' };
        const key: string = (await askingOf(url).call('POST', '/v1/sessions', { json: login })).json.key ?? token;
        const { json } = await askingOf(url).call('POST', '/v1/groups', { token: key, json: { name: 'team' } });
        account = { token: key, group: json.id };
      }
      const { token, group } = account;
      const talk = load(url, token, group, round);
      const port = Number(new URL(url).port);
      const headers = { Authorization: `Token ${token}` };
      const clients = await Promise.all(Array.from({ length: LISTENERS }, () => connect({ port }, { headers })));
      const enough = run.between(20, 219);
      await expect.poll(() => talk.acknowledged.length, { timeout: 60_000, interval: 5 }).toBeGreaterThan(enough);

      if (isPaused) node.signal('SIGSTOP');
      const at = performance.now();
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const tooLate = setTimeout(() => child.kill('SIGKILL'), 3 * DEADLINE);
      const [code] = (await exited) as [number | null];
      clearTimeout(tooLate);
      took.push(performance.now() - at);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (isPaused) node.signal('SIGCONT');
      await talk.end();
      acknowledged.push(...talk.acknowledged);
      for (const client of clients) {
        const closing = await client.closed;
        closings.set(closing.code, (closings.get(closing.code) ?? 0) + 1);
      }
      children.delete(child);
    }

    const { out } = await runVerb(['history', `messages-${account!.group}`, '--json'], env);
    const recorded = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { data: { text: string } }).data.text);
    const kept = new Set(recorded);
    const lost = acknowledged.filter((text) => !kept.has(text));
    const slowest = Math.round(Math.max(...took));
    run.report({
      stops: run.rounds,
      acknowledged: acknowledged.length,
      lost: lost.length,
      slowest,
      codes: [...codes],
      closings: [...closings],
    });
    expect(lost).toEqual([]);
    expect(recorded).toHaveLength(kept.size);
    expect(slowest).toBeLessThan(DEADLINE);
    expect([...codes.keys()]).toEqual([0]);
    expect([...closings.keys()]).toEqual([1012]);
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await home.remove();
  }
});
