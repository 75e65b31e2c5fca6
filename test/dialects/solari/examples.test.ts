import { solari } from '../../../src/dialects/solari/routes.ts';
import { playExamples } from '../playExamples.ts';

playExamples(solari, import.meta.dirname);
