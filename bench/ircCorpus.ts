// Makes logs of an IRC channel up: as many lines, people and joins a day as real ones of a large channel have.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const LINES_A_DAY = 1300;
const NEW_PEOPLE_A_DAY = 100;
const PEOPLE_A_DAY = 200;
const DAY = 24 * 60 * 60 * 1000;
const WORDS = 'have you tried to install it again from the other mirror before the reboot says anything wrong'.split(
  ' ',
);

/** Numbers that look random and are the same in every run. */
const dice = (seed: number): ((sides: number) => number) => {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
};

const two = (number: number): string => String(number).padStart(2, '0');

/** Files of `folder` named by day, of `lines` lines in all. */
export const writeCorpus = async (folder: string, lines: number): Promise<void> => {
  const roll = dice(1);
  let people = 0;
  for (let day = 0; day * LINES_A_DAY < lines; day++) {
    const count = Math.min(LINES_A_DAY, lines - day * LINES_A_DAY);
    const known = people;
    people += NEW_PEOPLE_A_DAY;
    const text: string[] = [];
    for (let i = 0; i < count; i++) {
      const nick = `nick${Math.max(0, people - PEOPLE_A_DAY) + roll(Math.min(PEOPLE_A_DAY, people))}`;
      const minute = Math.floor((i * 24 * 60) / count);
      const said = Array.from({ length: 3 + roll(18) }, () => WORDS[roll(WORDS.length)]).join(' ');
      if (i < NEW_PEOPLE_A_DAY) text.push(`=== nick${known + i} [n=n@host.example] has joined #channel`);
      else text.push(`[${two(Math.floor(minute / 60))}:${two(minute % 60)}] <${nick}> ${said}`);
    }
    const name = new Date(Date.UTC(2004, 0, 1) + day * DAY).toISOString().slice(0, 10);
    await writeFile(join(folder, `${name}.txt`), `${text.join('\n')}\n`);
  }
};
