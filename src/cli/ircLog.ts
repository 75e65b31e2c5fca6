// Parses the log of an IRC channel into joins and messages. Pure.

import type { ImportedLine } from '../commands/importedMessages.ts';

const SAID = /^\[(\d\d):(\d\d)\] <([^>\s]{1,64})> ?(.*)$/;
const DID = /^\[(\d\d):(\d\d)\] \* ([^\s]{1,64}) (.*)$/;
const JOINED = /^=== ([^\s]{1,64}) has joined #/;

const minutes = (hours: string, minute: string): number => Number(hours) * 60 + Number(minute);

/**
 * `day` (`YYYY-MM-DD`) is the day of the first line. A time that falls back by more than half a day starts the next
 * day. The parser ignores other lines, such as notices of the server.
 */
export const readIrcLog = (text: string, day: string): ImportedLine[] => {
  const start = Date.parse(`${day}T00:00:00Z`);
  const lines: ImportedLine[] = [];
  let days = 0;
  let last = 0;
  const at = () => new Date(start + (days * 24 * 60 + last) * 60_000).toISOString();
  for (const [i, raw] of text.split('\n').entries()) {
    const line = i + 1;
    const joined = JOINED.exec(raw);
    if (joined) {
      lines.push({ line, nick: joined[1]!, text: null, at: at() });
      continue;
    }
    const did = DID.exec(raw);
    const said = did ?? SAID.exec(raw);
    if (!said) continue;
    const [, hours, minute, nick, words] = said as unknown as [string, string, string, string, string];
    const now = minutes(hours, minute);
    if (now < last - 12 * 60) days += 1;
    last = now;
    const clean = words.replaceAll('\0', '').replace(/\r$/, '').toWellFormed();
    if (clean.trim() !== '') lines.push({ line, nick, text: did ? `* ${nick} ${clean}` : clean, at: at() });
  }
  return lines;
};
