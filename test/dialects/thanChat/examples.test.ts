import { thanChat } from '../../../src/dialects/thanChat/routes.ts';
import { playExamples } from '../playExamples.ts';

playExamples(thanChat, import.meta.dirname);
