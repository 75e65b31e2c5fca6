import { djangoChat } from '../../../src/dialects/djangoChat/routes.ts';
import { playExamples } from '../playExamples.ts';

playExamples(djangoChat, import.meta.dirname);
