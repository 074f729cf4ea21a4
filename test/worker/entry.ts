/** The Worker under test: the deployed one, so far without any fault. */
export * from '../../src/index';
export { default } from '../../src/index';
