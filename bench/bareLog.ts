// The bare reference's store: the rows that a message makes, an event and a message, as plain SQL would write them.
// The same columns and the same indexes as the program's, durable, each group of rows in one transaction.

import { DatabaseSync } from 'node:sqlite';
import { idSource } from '../src/domain/ids.ts';

const TABLES = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, revision INTEGER NOT NULL, id TEXT NOT NULL,
    type TEXT NOT NULL, data TEXT NOT NULL, meta TEXT NOT NULL, UNIQUE (stream, revision)
  ) STRICT;
  CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY, conversation_id TEXT, seq INTEGER, receiver_id TEXT, position INTEGER,
    number INTEGER, doc TEXT NOT NULL
  ) STRICT;
  CREATE INDEX messages_by_seq ON messages (conversation_id, seq);
  CREATE INDEX messages_by_receiver ON messages (receiver_id, position);
  CREATE INDEX messages_by_number ON messages (number, id);
`;

export interface BareMessage {
  readonly senderId: string;
  readonly text: string;
}

export interface BareLog {
  /** On disk when it returns; gives the documents written. */
  insert(group: readonly BareMessage[]): string[];
  close(): void;
}

export const openBareLog = (file: string): BareLog => {
  const db = new DatabaseSync(file);
  db.exec(TABLES);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const insertEvent = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)');
  const insertMessage = db.prepare('INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)');
  // In the order of time, as the program's: random ones would cost the reference a page of its index each.
  const newId = idSource(() => new Date());
  const conversationId = newId();
  let position = 0;

  const insertOne = ({ senderId, text }: BareMessage): string => {
    position += 1;
    const messageId = newId();
    const at = new Date().toISOString();
    const common = { conversationId, number: position, senderId, receiverId: null, kind: 'text', text, fileId: null };
    const data = JSON.stringify({ messageId, ...common });
    const meta = JSON.stringify({ v: 1, at, actorId: senderId, correlationId: newId() });
    const doc = JSON.stringify({ ...common, id: messageId, seq: position, position, at, visitor: null, answers: null });
    insertEvent.run(position, 1, position - 1, newId(), 'MessageSent', data, meta);
    insertMessage.run(messageId, conversationId, position, null, position, position, doc);
    return doc;
  };

  return {
    insert: (group) => {
      begin.run();
      const docs = group.map(insertOne);
      commit.run();
      return docs;
    },
    close: () => db.close(),
  };
};
