// Events as lines for people: when, who, what, and what about it, with names in the place of ids.

import type { PresentedEvent } from '../audit/presentEvents.ts';
import { visible } from './visible.ts';

/** Longer texts are cut: `--json` has them whole. */
const TEXT_CHARS = 200;
const cut = (text: string): string => (text.length > TEXT_CHARS ? `${text.slice(0, TEXT_CHARS)}…` : text);

const labelOf = ({ name, username, deleted, erased }: PresentedEvent['people'][number]): string => {
  if (erased) return '(erased)';
  const known = name === username || username === null ? (name ?? '(no name)') : `${name} (${username})`;
  return deleted ? `${known}, deleted` : known;
};

export const lineOf = (event: PresentedEvent, relation?: string): string => {
  const { position, at, type, stream, revision, meta, data, people, erased } = event;
  const names = new Map(people.map((person) => [person.userId, `${labelOf(person)} <${person.userId}>`]));
  const shown = (value: unknown): string => {
    if (typeof value !== 'string') return JSON.stringify(value);
    return names.get(value) ?? JSON.stringify(cut(value));
  };
  const fields = Object.entries(data)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([field, value]) => `${field}=${shown(value)}`);
  const who = meta.actorId === null ? '-' : (names.get(meta.actorId) ?? meta.actorId);
  const marks = [...(relation === undefined ? [] : [`[${relation}]`]), ...(erased ? ['[erased]'] : [])];
  return visible([position, at, ...marks, who, type, `${stream}@${revision}`, ...fields].join('  '));
};
