// Starts the longest files first, so that the end of a run does not wait for one of them.

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
  'distributed/projecting',
  'distributed/killed',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rankOf = ({ moduleId }: TestSpecification): number => {
      const rank = LONGEST.indexOf(relative('test', moduleId).replace(/\.test\.ts$/, ''));
      return rank === -1 ? LONGEST.length : rank;
    };
    // A worker that changes its project is started again, so the files of one stay together.
    const projects = Map.groupBy(sorted, ({ project }) => project.name);
    return [...projects.values()].flatMap((own) => own.toSorted((a, b) => rankOf(a) - rankOf(b)));
  }
}
