import { nargil } from '../../../src/dialects/nargil/routes.ts';
import { playExamples } from '../playExamples.ts';

playExamples(nargil, import.meta.dirname);
