// The order of test files: the longest first, so that the end of a run does not wait for one of them, and those with
// several processes spread out.

import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of more than ten seconds on a quiet machine, the longest first. Vitest knows no times on a fresh clone. */
const LONGEST = [
  'cli/stopping',
  'bench',
  'check',
  'store/mongoDb/viewStore',
  'cli/backup',
  'ws/underWay',
  'cli/verbs',
  'store/eventStoreDb/eventStore',
  'http/access',
  'dialects/table',
  'ws/resume',
  'ws/signIn',
  'dialects/longLists',
  'cli/failingDisk',
  'dialects/djangoChat/examples',
  'dialects/thanChat/examples',
  'dialects/nargil/examples',
  'store/embedded/viewStore',
  'store/embedded/eventStoreCrash',
  'cli/rebuild',
  'crash/killed',
  'model/randomChat',
  'http/keys',
  'dialects/djangoChat/flow',
  'ws/unknownEvent',
  'ws/cutOff',
  'store/mongoDb/blobStore',
];
/** Each starts several processes and a pair of servers, and waits for them most of the time. */
const SEVERAL = /^distributed\//;

const nameOf = ({ moduleId }: TestSpecification): string => relative('test', moduleId).replace(/\.test\.ts$/, '');

/** Puts each of `few` before an equal part of `many`; the last of `few` does not stand near the end. */
const spread = <T>(few: readonly T[], many: readonly T[]): T[] => {
  const part = Math.ceil(many.length / (few.length + 1));
  return [
    ...few.flatMap((each, i) => [each, ...many.slice(i * part, (i + 1) * part)]),
    ...many.slice(few.length * part),
  ];
};

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rankOf = (file: TestSpecification): number => {
      const rank = LONGEST.indexOf(nameOf(file));
      return rank === -1 ? LONGEST.length : rank;
    };
    // A worker that changes its project is started again, so the files of one stay together.
    const projects = Map.groupBy(sorted, ({ project }) => project.name);
    return [...projects.values()].flatMap((own) => {
      const [several, others] = [
        own.filter((file) => SEVERAL.test(nameOf(file))),
        own.filter((file) => !SEVERAL.test(nameOf(file))),
      ];
      // Beside other files they use the time in which they wait; beside each other they would compete.
      return spread(
        several,
        others.toSorted((a, b) => rankOf(a) - rankOf(b)),
      );
    });
  }
}
