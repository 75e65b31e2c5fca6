// The shapes of what the native API answers. Presenters pick by them, the documents describe them, tests check against them.

export * from './answers/attention.ts';
export * from './answers/conversations.ts';
export * from './answers/erasures.ts';
export * from './answers/files.ts';
export * from './answers/messages.ts';
export * from './answers/people.ts';
export * from './answers/presence.ts';
export * from './answers/signIns.ts';
