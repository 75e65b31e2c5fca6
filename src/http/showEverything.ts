// What a client shows when it starts, as of one position: a socket that subscribes after it misses nothing, and receives
// nothing twice. The views go on while they are read, so whatever the log changed meanwhile is answered from the past.

import { presentAccount, presentProfile } from '../api/presenters.ts';
import { Refused } from '../domain/refused.ts';
import type { Queries } from '../projections/queries.ts';
import type { UserDoc } from '../projections/users.ts';
import type { Services } from '../services.ts';
import { activityOf, idIn, lists } from './byActivity.ts';
import { page } from './cursors.ts';
import { keysIn } from './listing.ts';
import type { Reading } from './reading.ts';
import { presentDocs } from './showConversations.ts';
import { type Touched, touchedBetween } from './touchedBetween.ts';

type Shown = Awaited<ReturnType<typeof presentDocs>>[number];

interface Asked {
  readonly userId: string;
  readonly reading: Reading;
  /** Conversations at most. */
  readonly limit: number;
}

/** The ids of a user's conversations, each with its place in the order of activity. */
const activities = async (queries: Queries, { userId, reading }: Asked): Promise<Map<string, string>> => {
  const paged = { find: lists.mine(queries, userId), placeOf: ({ place }: { readonly place: number }) => place };
  const { keys } = await keysIn(reading, paged, ({ activity }) => activity);
  return new Map(keys.map((key) => [idIn(key), key]));
};

const latest = (activities: ReadonlyMap<string, string>): readonly string[] =>
  [...activities.values()].toSorted((one, other) => (one < other ? 1 : -1));

const present = async (
  queries: Queries,
  userId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Shown>> => {
  const docs = await queries.conversationsById(ids);
  const shown = await presentDocs(queries, userId, [...docs.values()]);
  return new Map(shown.map((one) => [one.id, one]));
};

/** Those whom the conversations name. */
const namedIn = (shown: Iterable<Shown>): readonly string[] =>
  [...shown].flatMap(({ userIds, lastMessage }) => [
    ...userIds,
    ...(lastMessage?.senderId ? [lastMessage.senderId] : []),
  ]);

/** As `queries` have it. */
const readAll = async (queries: Queries, asked: Asked) => {
  const places = await activities(queries, asked);
  const shown = await present(queries, asked.userId, latest(places).slice(0, asked.limit).map(idIn));
  const users = await queries.usersById([asked.userId, ...namedIn(shown.values())]);
  return { places, shown, users };
};

type Everything = Awaited<ReturnType<typeof readAll>>;

/** With what was touched as `past` has it, and all that was not read before. */
const corrected = async (
  { places: now, shown: before, users: known }: Everything,
  { conversations, users: changed }: Touched,
  past: Queries,
  { userId, limit }: Asked,
): Promise<Everything> => {
  const places = new Map(now);
  const ids = [...conversations];
  const [memberships, then] = await Promise.all([past.membershipsIn(userId, ids), past.conversationsById(ids)]);
  const docs = ids.map((id) => then.get(id));
  const after = await past.seesAfterIn(userId, docs, memberships);
  for (const [i, id] of ids.entries()) {
    const doc = memberships[i] && docs[i];
    if (doc) places.set(id, activityOf(doc, after[i]!));
    else places.delete(id);
  }
  const first = latest(places).slice(0, limit).map(idIn);
  const untouched = first.filter((id) => before.has(id) && !conversations.has(id));
  const again = await present(
    past,
    userId,
    first.filter((id) => !untouched.includes(id)),
  );
  const shown = new Map([...untouched.map((id) => [id, before.get(id)!] as const), ...again]);
  const named = [userId, ...namedIn(shown.values())];
  const others = await past.usersById(named.filter((id) => changed.has(id) || !known.has(id)));
  return { places, shown, users: new Map([...known, ...others]) };
};

const presentAll = ({ places, shown, users }: Everything, { userId, limit }: Asked) => {
  const account: UserDoc | undefined = users.get(userId);
  if (account === undefined) throw new Refused('user-unknown');
  const order = latest(places);
  const items = order.slice(0, limit);
  const conversations = page(
    { items, more: order.length > limit },
    (key) => key,
    (key) => shown.get(idIn(key)),
  );
  const named = [...new Set(namedIn(conversations.items))].flatMap((id) => users.get(id) ?? []);
  return { account: presentAccount(account), conversations, included: { users: named.map(presentProfile) } };
};

/** `at`: the position that `services.queries` are of. Undefined: those of now. @throws Refused `user-unknown` */
export const everything = async (services: Services, asked: Asked, at: number | undefined) => {
  const { queries, queriesAt, events, progress, logIdentity } = services;
  const log = logIdentity.logId;
  if (at !== undefined) return { log, position: at, ...presentAll(await readAll(queries, asked), asked) };
  // Later than that, the past would have more to answer.
  await progress.reached(await events.head());
  const { position } = progress;
  const read = await readAll(queries, asked);
  const touched = await touchedBetween(events, asked.reading, position, await events.head());
  const isChanged = touched.conversations.size > 0 || touched.users.size > 0;
  // As an answer of that moment: what the caller has lost since then, frames take away.
  const past = queriesAt(position);
  const right = isChanged ? await corrected(read, touched, past, asked) : read;
  return { log, position, ...presentAll(right, asked) };
};
