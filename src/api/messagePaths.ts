// Paths of what can be asked for by a frame as well: under one key, both ways are the same command.

export const SEND_PATH = '/v1/conversations/:conversationId/messages';
export const READ_PATH = '/v1/conversations/:conversationId/read';
