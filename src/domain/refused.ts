// A rule said no. The code is stable; each API words it in its own way.

export const refusalCodes = [
  'account-suspended',
  'cannot-add-to-this-kind',
  'cannot-leave-this-kind',
  'cannot-set-for-this-kind',
  'command-key-reused',
  'confirmation-required',
  'confirmation-wrong',
  'conflict',
  'conversation-unknown',
  'credentials-wrong',
  'email-missing',
  'desk-blocked',
  'edited-too-often',
  'email-not-current',
  'email-taken',
  'emoji-unknown',
  'erasure-started',
  'erasure-unknown',
  'external-identity-taken',
  'file-unknown',
  'group-name-taken',
  'invitation-invalid',
  'invitation-required',
  'invitation-unknown',
  'is-an-owner',
  'last-owner',
  'link-invalid',
  'message-empty',
  'message-removed',
  'message-unknown',
  'name-required',
  'not-a-member',
  'not-a-moderator',
  'not-a-web-address',
  'not-an-owner',
  'not-permitted',
  'not-yours',
  'password-too-common',
  'password-too-short',
  'phone-taken',
  'quota-exceeded',
  'read-only',
  'receipts-off',
  'refresh-token-invalid',
  'registration-closed',
  'scope-missing',
  'session-unknown',
  'signed-out',
  'slow-mode',
  'slug-taken',
  'text-blank',
  'text-not-one-line',
  'text-too-long',
  'thread-unknown',
  'token-unknown',
  'too-late',
  'too-many-bookmarks',
  'too-many-reactions',
  'user-unknown',
  'username-confusable',
  'username-misleading',
  'username-taken',
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** Refusals that tell of an attack, or of somebody who tries doors. The others are mistakes in what a client sends. */
const forGuards: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  'account-suspended',
  'confirmation-required',
  'confirmation-wrong',
  'conversation-unknown',
  'credentials-wrong',
  'desk-blocked',
  'file-unknown',
  'invitation-invalid',
  'invitation-required',
  'link-invalid',
  'not-a-member',
  'not-a-moderator',
  'not-an-owner',
  'not-permitted',
  'not-yours',
  'quota-exceeded',
  'refresh-token-invalid',
  'registration-closed',
  'scope-missing',
  'signed-out',
]);

export const isForGuards = (code: RefusalCode): boolean => forGuards.has(code);

export interface Refusal {
  readonly code: RefusalCode;
  /** The input at fault, if there is one. */
  readonly field: string | undefined;
}

/** Thrown by a decision or a command. `refusals` holds all reasons; `code` and `field` are those of the first. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusals: readonly Refusal[];
  readonly code: RefusalCode;
  readonly field: string | undefined;
  /** Seconds after which the same wish may be granted. */
  readonly retryAfter: number | undefined;
  constructor(code: RefusalCode, field?: string, others: readonly Refusal[] = [], retryAfter?: number) {
    super(code);
    this.code = code;
    this.field = field;
    this.retryAfter = retryAfter;
    this.refusals = [{ code, field }, ...others];
  }
}
