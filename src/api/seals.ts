// The shapes of seals and proofs, as auditors get them.

import { z } from 'zod';
import { streams } from '../domain/streams.ts';
import { at, count, HASH, ID, id, text, whole } from './answerFields.ts';
import { AuditedEvent } from './auditedEvents.ts';

const hash = (description: string) => text(`${description} SHA-256 in base64url.`, HASH);

export const Seal = z
  .strictObject({
    logId: id('The log that it is of.'),
    size: whole('The first so many events of the log are sealed.', 1042),
    root: hash('Of the Merkle tree (RFC 9162) over the hashes of these events.'),
    at: at('When it was made.'),
    kid: hash('Thumbprint of the key that signed: see `GET /v1/audit/keys`.'),
    jws: text('Signs `logId`, `size`, `root` and `at`: a compact JWS (RFC 7515), EdDSA.', 'eyJ...'),
  })
  .describe('A seal of the log: keep it where nobody who can change the log can change it.');

export const SealPage = z
  .strictObject({
    items: z.array(Seal).describe('The oldest first.'),
    next: count('Give it back as `from` for the next page; null: there is none.', 50).nullable(),
  })
  .describe('A page of seals.');

export const SealKeys = z
  .strictObject({
    items: z
      .array(
        z
          .strictObject({
            kid: hash('Its thumbprint (RFC 7638).'),
            kty: z.literal('OKP').describe('The kind of key.'),
            crv: z.literal('Ed25519').describe('The curve.'),
            x: text('The public key: 32 bytes in base64url.', HASH),
            since: at('It signs seals from then on, until another one does.'),
          })
          .describe('A public key, as a JWK (RFC 8037).'),
      )
      .describe('The latest first.'),
  })
  .describe('The keys that signed seals.');

const path = z.array(hash('A node of the tree.')).describe('In the order of RFC 9162.');

export const ConsistencyProof = z
  .strictObject({
    first: whole('Events of the earlier tree.', 1000),
    second: whole('Events of the later tree.', 1042),
    path,
  })
  .describe('Proof that the later tree has the events of the earlier one, unchanged (RFC 9162, 2.1.4).');

export const InclusionProof = z
  .strictObject({
    event: AuditedEvent.pick({ id: true, type: true, stream: true, revision: true, position: true }).describe(
      'Which event it is about.',
    ),
    content: text(
      'What the hash of the event covers, as it lies in the log: the hash of the event before in its stream, stream, revision, id, type, ' +
        'data, metadata. Null: it has a secret.',
      JSON.stringify(['', streams.messages(ID), 0, ID, 'MessageSent', {}, {}]),
    ).nullable(),
    hash: hash('Of the content: the entry in the tree.'),
    index: count('Place of the event in the tree, from 0.', 41),
    path,
    seal: Seal,
  })
  .describe('Proof that a seal covers an event (RFC 9162, 2.1.3).');
