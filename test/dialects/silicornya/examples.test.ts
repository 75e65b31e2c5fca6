import { silicornya } from '../../../src/dialects/silicornya/routes.ts';
import { playExamples } from '../playExamples.ts';

playExamples(silicornya, import.meta.dirname);
