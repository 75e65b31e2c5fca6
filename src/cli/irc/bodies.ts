// What a line of an IRC log says behind its time: the forms of irssi, WeeChat, ZNC, mIRC, HexChat, Textual and of the
// bots of the W3C and Ubuntu. Pure.

/** `skipped`: why the line is not recorded. */
export type Body =
  | { readonly kind: 'said'; readonly nick: string; readonly text: string }
  | { readonly kind: 'did'; readonly nick: string; readonly text: string }
  | { readonly kind: 'joined'; readonly nick: string }
  | { readonly kind: 'renamed'; readonly nick: string; readonly to: string }
  | { readonly kind: 'topic'; readonly nick: string; readonly text: string }
  | { readonly kind: 'skipped'; readonly reason: Reason };

export const reasons = {
  left: 'people who left: members stay members',
  mode: 'changes of modes',
  notice: 'notices and lines of servers and clients',
  blank: 'messages without text',
  undated: 'lines without a day',
  gone: 'messages of people whose accounts were deleted or suspended',
  unknown: 'lines that are none of a known log',
} as const;
export type Reason = keyof typeof reasons;

const [COLOUR, HEX_COLOUR] = [String.fromCharCode(3), String.fromCharCode(4)];
/** Colours, bold and the like, as clients write them between the letters, and all other control characters but the tab. */
const FORMATTING = new RegExp(`${COLOUR}(?:\\d{1,2}(?:,\\d{1,2})?)?|${HEX_COLOUR}[0-9A-Fa-f]{6}|(?!\\t)\\p{Cc}`, 'gu');

export const withoutFormatting = (text: string): string => text.replace(FORMATTING, '');

/** A nickname, behind the marks of an operator or a voiced user. */
const NICK = '[@+%&~!]?(?<nick>[^\\s<>(),:]+)';
/** `(user@host)`, `[~user@host]`, or both. */
const HOST = '(?:\\s+[[(][^\\])]*[\\])])*';
const CHANNEL = '(?:\\s+(?:the\\s+channel|[#&!+]\\S+))?';
/** What clients put before a line that nobody said. A single star is also that of an action. */
const MARK = '(?:===|-!-|-->|<--|--|\\*{3}|\\*{1,2}|\u2192|\u2190|\u2022)?\\s*';
const REASON = '(?:\\s+[[("].*)?\\s*\\.?';

const whole = (form: string): RegExp => new RegExp(`^${form}$`, 'su');

/** Between the brackets a name may have spaces: some logs hide the true ones. */
const SAID = whole('<\\s*[@+%&~!]?(?<nick>[^\\s<>][^<>\\t]*?)\\s*>\\s?(?<text>.*)');
/** WeeChat's, in which a tab follows the nickname. */
const SAID_BEFORE_TAB = whole(`\\s*${NICK}\\s*\\t(?<text>.*)`);
const DID = whole(`(?:\\*{1,2}|\u2022)\\s+${NICK}:?(?:\\s(?<text>.*))?`);
const JOINED = whole(
  `${MARK}(?:Joins:\\s+${NICK}${HOST}|${NICK.replace('nick', 'who')}${HOST}\\s+(?:has\\s+)?joined${CHANNEL}${HOST}\\s*\\.?)`,
);
const LEFT = whole(
  `${MARK}(?:(?:Parts|Quits):\\s.*|${NICK}${HOST}\\s+(?:(?:has\\s+)?left${CHANNEL}|(?:has\\s+)?[Qq]uit(?:\\s+IRC)?|was\\s+kicked\\s+(?:from\\s+\\S+\\s+)?by\\s+\\S+|has\\s+kicked\\s+\\S+(?:\\s+from\\s+\\S+)?)${REASON})`,
);
const RENAMED = whole(
  `${MARK}${NICK}\\s+(?:is\\s+now\\s+known\\s+as|changed\\s+nick(?:name)?\\s+to)\\s+(?<to>[^\\s<>]+)\\s*`,
);
const TOPIC = whole(
  `${MARK}${NICK}${HOST}\\s+(?:has\\s+)?(?:changed|changes|set)\\s+(?:the\\s+)?topic(?:\\s+(?:of|for)\\s+\\S+)?(?:\\s+from\\s+".*")?\\s+to:?\\s*(?<text>.*)`,
);
/** Anything else after a single star is what somebody does. */
const STARRED_TOPIC = /^\*\s+\S+\s+(?:changes topic to '.*'|has changed the topic(?: \S+ \S+)? to:)/su;
const MODE = whole(
  `${MARK}(?:mode/\\S+\\s.*|Mode\\s+\\S+\\s.*|${NICK}${HOST}\\s+(?:has\\s+)?sets?\\s+(?:channel\\s+)?modes?:?\\s+[+-]\\S.*|ServerMode/.*)`,
);
const NOTICE = whole(
  `(?:-[^\\s-]\\S*-\\s.*|(?:===|-!-|--|\\*{3})\\s.*|\\*\\s+(?:Topic\\s+is|Now\\s+talking\\s+in|Set\\s+by)\\s.*)`,
);

/** What HexChat and WeeChat write before the tab of an event, an action, or, in HexChat, a message. */
const IS_MARK = /^\s*(?:===|-!-|-->|<--|--|=!=|\*{1,3}|<.*>)\s*$/;

const unquoted = (text: string): string => /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text;

const skipped = (reason: Reason): Body => ({ kind: 'skipped', reason });

/** A line with a single star is an action, unless it has the whole form of an event: "* ada has left the building" is an action. */
export const readBody = (line: string): Body => {
  const tab = line.indexOf('\t');
  const isMarked = tab > 0 && IS_MARK.test(line.slice(0, tab));
  const tabbed = tab > 0 && !isMarked ? SAID_BEFORE_TAB.exec(line)?.groups : undefined;
  if (tabbed) return { kind: 'said', nick: tabbed.nick!, text: tabbed.text! };
  const body = (isMarked ? `${line.slice(0, tab).trim()} ${line.slice(tab + 1)}` : line).trimStart();
  const said = SAID.exec(body)?.groups;
  if (said) return { kind: 'said', nick: said.nick!, text: said.text! };
  const renamed = RENAMED.exec(body)?.groups;
  if (renamed) return { kind: 'renamed', nick: renamed.nick!, to: renamed.to! };
  const topic = TOPIC.exec(body)?.groups;
  if (topic && (!/^\*\s/.test(body) || STARRED_TOPIC.test(body)))
    return { kind: 'topic', nick: topic.nick!, text: unquoted(topic.text!) };
  if (LEFT.exec(body)) return skipped('left');
  if (MODE.exec(body)) return skipped('mode');
  const joined = JOINED.exec(body)?.groups;
  if (joined) return { kind: 'joined', nick: (joined.nick ?? joined.who)! };
  if (NOTICE.exec(body)) return skipped('notice');
  const did = DID.exec(body)?.groups;
  return did ? { kind: 'did', nick: did.nick!, text: did.text ?? '' } : skipped('unknown');
};

/** Old bots wrote actions as they wrote events: `=== ada waves`. Only a nickname that is known tells them apart. */
export const readOldAction = (line: string): { readonly nick: string; readonly text: string } | undefined => {
  const [, nick, text] = /^===\s+(\S+)\s+(?!\[)(\S.*)$/su.exec(line) ?? [];
  return nick === undefined ? undefined : { nick, text: text! };
};
