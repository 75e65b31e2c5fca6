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
  future: 'lines of a time that has not come: the clock was wrong',
  unknown: 'lines that are none of a known log',
  present: 'messages that the group has already',
} as const;
export type Reason = keyof typeof reasons;

const [COLOUR, HEX_COLOUR, ESCAPE] = [3, 4, 27].map((code) => String.fromCharCode(code));
/** Colours, bold and the like, as clients write them between the letters, and all other control characters but the tab. */
const FORMATTING = new RegExp(
  `${ESCAPE}\\[[\\d;]*m|${COLOUR}(?:\\d{1,2}(?:,\\d{1,2})?)?|${HEX_COLOUR}[0-9A-Fa-f]{6}|(?!\\t)\\p{Cc}`,
  'gu',
);

export const withoutFormatting = (text: string): string => text.replace(FORMATTING, '');

/** A nickname, behind the marks of an operator or a voiced user. */
const NICK = '[@+%&~!]{0,5}(?<nick>[^\\s<>(),:]+)';
/** `(user@host)`, `[~user@host]`, or both. */
const HOST = '(?:\\s+[[(][^\\])]*[\\])])*';
const CHANNEL = '(?:\\s+(?:the\\s+channel|[#&!+]\\S+))?';
/** What clients put before a line that nobody said. A single star is also that of an action. */
const MARK = '(?:===|-!-|-->|<--|---|--|\\*{3}|\\*{1,2}|\u2192|\u2190|\u2022)?\\s*';
const REASON = '(?:\\s+[[("].*)?\\s*\\.?';

const whole = (form: string): RegExp => new RegExp(`^${form}$`, 'su');

/**
 * Between the brackets a name may have spaces: some logs hide the true ones. `readBody` trims those behind the name: a pattern that
 * skips them takes time as the square of their number.
 */
const SAID = whole('<\\s*[@+%&~!]{0,5}(?<nick>[^\\s<>][^<>\\t]*)(?:\\t\\s*)?>\\s?(?<text>.*)');
/** WeeChat's, in which a tab follows the nickname. */
const SAID_BEFORE_TAB = whole(`\\s*${NICK}\\s*\\t(?<text>.*)`);
const DID = whole(`(?:\\*{1,2}|\u2022)\\s+${NICK}:?(?:\\s(?<text>.*))?`);
const JOINED = whole(
  `${MARK}(?:Joins:\\s+${NICK}${HOST}|${NICK.replace('nick', 'who')}${HOST}\\s+(?:has\\s+)?joined${CHANNEL}${HOST}\\s*\\.?)`,
);
const LEFT = whole(
  `${MARK}(?:(?:Parts|Quits):\\s.*|${NICK}${HOST}\\s+(?:(?:has\\s+)?left(?:\\s+IRC|${CHANNEL})|(?:has\\s+)?[Qq]uit(?:\\s+IRC)?|was\\s+kicked\\s+(?:(?:from|off)\\s+\\S+\\s+)?by\\s+\\S+|(?:has\\s+)?kicked\\s+\\S+(?:\\s+from\\s+(?:the\\s+channel|\\S+))?)${REASON})`,
);
const RENAMED = whole(
  `${MARK}${NICK}\\s+(?:is\\s+now\\s+known\\s+as|changed\\s+nick(?:name)?\\s+to)\\s+(?<to>[^\\s<>]+)\\s*`,
);
const TOPIC = whole(
  `${MARK}${NICK}${HOST}\\s+(?:has\\s+)?(?:changed|changes|set)\\s+(?:the\\s+)?topic(?:\\s+(?:of|for)\\s+\\S+)?(?:\\s+from\\s+".*")?\\s+to:?\\s*(?<text>.*)`,
);
/** Anything else after a single star is what somebody does. */
const STARRED_TOPIC = /^\*\s+\S+\s+(?:changes topic to '.*'|has changed the topic(?: \S+ \S+)? to:)/su;
/** HexChat's words for modes. */
const MODE_IN_WORDS =
  '(?:gives|removes)\\s+(?:channel\\s+(?:half-)?operator\\s+status|voice)\\s+(?:to|from)\\s+\\S+|(?:sets|removes)\\s+(?:ban|exempt|invite\\s+exempt|quiet)\\s+on\\s+\\S+|(?:sets|removes)\\s+(?:channel\\s+(?:keyword|limit)|user\\s+limit)(?:\\s+to\\s+\\S+)?';
const MODE = whole(
  `${MARK}(?:mode/\\S+\\s.*|Mode\\s+\\S+\\s.*|${NICK}${HOST}\\s+(?:(?:has\\s+)?sets?\\s+(?:channel\\s+)?modes?:?\\s+[+-]\\S.*|(?:${MODE_IN_WORDS})\\s*)|ServerMode/.*)`,
);
/** What a client tells its own user. */
const TOLD =
  "Topic\\s+(?:is|for\\s+\\S+\\s+is|for\\s+\\S+\\s+set\\s+by)|Set\\s+by|Now\\s+talking\\s+[io]n|You(?:'re|\\s+are)\\s+now\\s+known\\s+as|You\\s+(?:were|have\\s+been)\\s+kicked|Attempting\\s+to\\s+rejoin|Rejoined\\s+channel|Retrieving\\s+\\S+\\s+modes";
const NOTICE = whole(
  `(?:-[^\\s-]\\S*-\\s.*|(?:===|-!-|---?|=!=|\\*{3})\\s.*|(?:\\*\\s+)?(?:${TOLD})(?:[\\s:].*)?|\\*\\s+Disconnected(?:\\s+\\(.*\\))?\\.?|\\[Users\\s.*|\\[[ @+%&~!]\\S.*\\]\\s*)`,
);

/** What HexChat and WeeChat write before the tab of an event, an action, a notice, or, in HexChat, a message. */
const IS_MARK = /^\s*(?:===|-!-|-->|<--|---?|=!=|\*{1,3}|<.*>|-[^\s-]\S*-)\s*$/;

const unquoted = (text: string): string => /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text;

const skipped = (reason: Reason): Body => ({ kind: 'skipped', reason });

/** The bot of the W3C writes the event of a person as what the person said: `<ann> ann has joined #css`. */
const readOwnEvent = (nick: string, text: string): Body | undefined => {
  if (!text.startsWith(`${nick} has `)) return undefined;
  const body = readBody(text);
  return body.kind === 'joined' || body.kind === 'topic' || (body.kind === 'skipped' && body.reason === 'left')
    ? body
    : undefined;
};

/** A line with a single star is an action, unless it has the whole form of an event: "* ada has left the building" is an action. */
export const readBody = (line: string): Body => {
  const tab = line.indexOf('\t');
  const isMarked = tab > 0 && IS_MARK.test(line.slice(0, tab));
  const tabbed = tab > 0 && !isMarked ? SAID_BEFORE_TAB.exec(line)?.groups : undefined;
  if (tabbed) return { kind: 'said', nick: tabbed.nick!, text: tabbed.text! };
  const body = (isMarked ? `${line.slice(0, tab).trim()} ${line.slice(tab + 1)}` : line).trimStart();
  const said = SAID.exec(body)?.groups;
  if (said) {
    const [nick, text] = [said.nick!.trimEnd(), said.text!];
    return readOwnEvent(nick, text) ?? { kind: 'said', nick, text };
  }
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
