// Encrypts the private parts of events before they are appended.

import { type Draft, KeyDestroyed } from '../store/ports.ts';
import { combined, encrypt } from './cipher.ts';
import type { Key } from './keyPlaces.ts';
import type { KeyRing } from './keyRing.ts';
import type { OwnKey } from './keysAhead.ts';
import { secretOf, withSecret } from './secret.ts';

/** `keep`: gets each private part as it was, with the id of its event. Returns the data of each draft, in order. */
export const createSealing = (ring: Pick<KeyRing, 'ofSubjects' | 'own'>, keep: (id: string, text: string) => void) => {
  /** The private part of an event, encrypted under its keys, is in the data that it returns. */
  const sealed = ({ id, data, private: part }: Draft, own: OwnKey | undefined, ofSubject: Key | undefined): string => {
    if (part === undefined) return data;
    // Whoever was erased can say nothing: it is unreadable from the start.
    if (ofSubject === null) throw new KeyDestroyed(part.subject!);
    const key = own && ofSubject ? combined(own.key, ofSubject) : (own?.key ?? ofSubject);
    if (key === undefined) throw new Error('a private part needs a key');
    keep(id, part.text);
    return withSecret(data, secretOf(own?.name ?? '', part.subject ?? '', encrypt(part.text, key, id)));
  };

  return async (drafts: readonly Draft[]): Promise<readonly string[]> => {
    const parts = drafts.map((draft) => draft.private);
    if (parts.every((part) => part === undefined)) return drafts.map(({ data }) => data);
    const subjects = [...new Set(parts.flatMap((part) => part?.subject ?? []))];
    const keys = await ring.ofSubjects(subjects);
    const owns = [...(await ring.own(parts.filter((part) => part?.alone).length))];
    return drafts.map((draft, i) => {
      const subject = parts[i]?.subject ?? null;
      const ofSubject = subject === null ? undefined : keys[subjects.indexOf(subject)];
      return sealed(draft, parts[i]?.alone ? owns.pop() : undefined, ofSubject);
    });
  };
};
