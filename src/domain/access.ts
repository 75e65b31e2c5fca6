// Who may see and do what in a conversation. Asked here and nowhere else, for answers and for pushes.

export const conversationKinds = ['group', 'room', 'direct', 'desk'] as const;
export type ConversationKind = (typeof conversationKinds)[number];

export type Standing = 'owner' | 'member' | 'none';

export interface ConversationFacts {
  readonly kind: ConversationKind;
  /** Of a group: anyone may join and read. */
  readonly public: boolean;
  /** Of a desk: the visitor's e-mail in canonical form. */
  readonly visitorEmail: string | null;
}

export interface Reader {
  readonly standing: Standing;
  /** In canonical form. */
  readonly email: string | null;
  readonly isStaff: boolean;
}

/** A desk is open to the account of its visitor's e-mail, and to staff. */
const isAtDesk = ({ visitorEmail }: ConversationFacts, { email, isStaff }: Reader): boolean =>
  isStaff || (email !== null && email === visitorEmail);

export const mayRead = (conversation: ConversationFacts, reader: Reader): boolean => {
  switch (conversation.kind) {
    case 'room':
      return true;
    case 'group':
      return conversation.public || reader.standing !== 'none';
    case 'direct':
      return reader.standing !== 'none';
    case 'desk':
      return isAtDesk(conversation, reader);
  }
};

export const mayWrite = (conversation: ConversationFacts, reader: Reader): boolean => {
  switch (conversation.kind) {
    case 'room':
      return true;
    case 'group':
    case 'direct':
      return reader.standing !== 'none';
    case 'desk':
      return isAtDesk(conversation, reader);
  }
};
