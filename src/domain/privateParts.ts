// Which fields of which events only holders of keys may read, and whose keys those are: personal data and what people say.

import type { PrivatePart } from '../store/ports.ts';
import type { DataOf, EventType } from './events.ts';

interface Privacy<Data> {
  /** The fields, and what readers get for them once the keys are destroyed. Undefined: nothing. */
  readonly erased: Partial<Data>;
  /** Whose key it needs: the id of a person, or of the desk of a visitor. Null: nobody's. */
  readonly subject: (data: Data) => string | null;
  /** Can it be erased alone? Then it has a key of its own, too. */
  readonly alone?: true;
}

const ofUser = ({ userId }: { readonly userId: string }): string => userId;

const privacy: { readonly [T in EventType]?: Privacy<DataOf<T>> } = {
  UserRegistered: {
    erased: {
      email: null,
      username: null,
      phone: null,
      externalId: null,
      passwordHash: null,
      firstName: '',
      lastName: '',
      address: null,
      nationalCode: null,
      avatar: null,
    },
    subject: ofUser,
  },
  ProfileChanged: { erased: { changes: {} }, subject: ofUser },
  DisplayNameChanged: { erased: { displayName: null }, subject: ofUser },
  TimeZoneChanged: { erased: { timeZone: null }, subject: ofUser },
  AlertWordsChosen: { erased: { words: [] }, subject: ofUser },
  EmailChanged: { erased: { email: null }, subject: ofUser },
  EmailVerified: { erased: { email: '' }, subject: ofUser },
  UsernameChanged: { erased: { username: null }, subject: ofUser },
  PhoneChanged: { erased: { phone: null }, subject: ofUser },
  PasswordChanged: { erased: { passwordHash: '' }, subject: ofUser },
  PasswordRehashed: { erased: { passwordHash: '' }, subject: ofUser },
  // Who signs in for a key says a password.
  KeyIssued: { erased: {}, subject: ofUser },
  SessionOpened: { erased: { device: undefined, botName: undefined }, subject: ofUser },
  DeskOpened: {
    erased: { visitorName: '', visitorEmail: '' },
    subject: ({ conversationId }) => conversationId,
  },
  MessageSent: {
    erased: { text: '', visitor: undefined },
    // A desk itself speaks to its visitor alone.
    subject: ({ senderId, conversationId }) => senderId ?? conversationId,
    alone: true,
  },
  MessageEdited: { erased: { text: '' }, subject: ({ senderId }) => senderId, alone: true },
  FileStored: {
    erased: { name: '', contentHash: undefined, contentKey: undefined },
    subject: ({ ownerId }) => ownerId,
    alone: true,
  },
};

export type Data = { readonly [field: string]: unknown };

const privacyOf = (type: EventType): Privacy<Data> | undefined => privacy[type] as Privacy<Data> | undefined;

/**
 * The data of an event in two: what everybody with the log may read, and the rest. `commandHash`: of its metadata. It is made
 * of what was said, so whoever tries texts would find a short one by it.
 */
export const split = (
  type: EventType,
  data: Data,
  commandHash?: string,
): { readonly open: Data; readonly private?: PrivatePart } => {
  const rule = privacyOf(type);
  if (rule === undefined) return { open: data };
  const open: Record<string, unknown> = {};
  const hidden: Record<string, unknown> = {};
  for (const field in data) (field in rule.erased ? hidden : open)[field] = data[field];
  if (commandHash !== undefined) hidden.commandHash = commandHash;
  return { open, private: { text: JSON.stringify(hidden), subject: rule.subject(data), alone: rule.alone ?? false } };
};

/** What stands for the private part of an event while it is closed. */
export const erasedPart = (type: EventType): Data => privacyOf(type)?.erased ?? {};

export const privateFieldsOf = (type: EventType): readonly string[] => Object.keys(erasedPart(type));
