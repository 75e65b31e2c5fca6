// What must hold after any fault on the embedded stores, asked of the log, of the API, and of views built again.

import { expect } from 'vitest';
import { type Checker, type Findings, markOf } from './checker.ts';
import type { EmbeddedSite } from './embeddedSite.ts';
import type { Load } from './load.ts';
import { askingOf } from './program.ts';

/** The marks of a conversation's messages as the API lists them, from the first. */
const listed = async (
  url: string,
  { conversationId, key }: Load,
): Promise<readonly { seq: number; mark: string }[]> => {
  const all: { seq: number; mark: string }[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const path: string = `/v1/conversations/${conversationId}/messages?after=${after}&limit=100`;
    const { json } = await askingOf(url).call('GET', path, { token: key });
    all.push(...json.items.map(({ seq, text }: { seq: number; text: string }) => ({ seq, mark: text.split(' ')[0]! })));
    after = json.next;
  }
  return all;
};

/**
 * Ends the load and the server, which must be running, and compares everything. What was acknowledged is in the log and
 * the views once and in order, what was refused is not, every listener heard all of it once, and views built again are
 * the same.
 */
export const survived = async (site: EmbeddedSite, load: Load, checker: Checker): Promise<Findings> => {
  await load.stopWriting();
  const log = await site.log();
  await load.heard(log);
  await site.settled();
  const findings = checker.compare(log);
  expect(findings.examples).toEqual([]);
  const said = log.filter(({ type }) => type === 'MessageSent').map((event) => markOf(event)!);
  const shown = await listed(site.url, load);
  expect(shown.map(({ mark }) => mark)).toEqual(said);
  expect(shown.map(({ seq }) => seq)).toEqual(said.map((_, i) => i + 1));
  await load.stopListening();
  await site.stop();
  const live = site.viewsDump();
  expect((await site.rebuild()).code).toBe(0);
  expect(site.viewsDump()).toEqual(live);
  return findings;
};
