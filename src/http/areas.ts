// The headings under which the documents show the routes.

export const areas = {
  messages: 'Saying, reading and removing.',
  threads: 'Answers to one message, beside what else is said.',
  conversations: 'Groups, rooms, direct chats and desks: making, finding and describing them.',
  members: 'Who is in a conversation.',
  files: 'Stored first, then sent in a message.',
  sessions: 'Signing in and out, where you are signed in, and the tokens of your bots.',
  accounts: 'Your own account, and the profiles of others.',
  mail: 'Links by mail: to verify an address, and to set a forgotten password.',
  administration: 'For admins: suspending accounts, signing users out, inviting people.',
  erasing: 'Making what somebody is or said unreadable for ever.',
  limits: 'What you may do how often.',
  audit: 'The log, for auditors.',
  operations: 'For operators and their machines.',
  documentation: 'The API about itself.',
} as const;

export type Area = keyof typeof areas;
