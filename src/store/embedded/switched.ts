export { Switched } from '../ports.ts';
