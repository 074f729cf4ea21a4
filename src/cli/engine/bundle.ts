/**
 * The Worker as one module, made by esbuild with the conditions under which Wrangler bundles it.
 * Modules of the runtime stay imports.
 */
import { builtinModules } from 'node:module';
import { build, type Plugin } from 'esbuild';

/** `crypto` is `node:crypto` in workerd, which knows built-in modules by their full names alone. */
const runtimeModules: Plugin = {
  name: 'modules of the runtime',
  setup(asked) {
    asked.onResolve({ filter: /^(cloudflare|node|workerd):/ }, ({ path }) => ({
      path,
      external: true,
    }));
    asked.onResolve({ filter: /^[a-z_/]+$/ }, ({ path }) =>
      builtinModules.includes(path) ? { path: `node:${path}`, external: true } : null,
    );
  },
};

/** Source text of the bundle of an entry file. */
export async function bundle(entry: string, define: Record<string, string>): Promise<string> {
  const built = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['browser', 'module', 'main'],
    define,
    plugins: [runtimeModules],
    logLevel: 'error',
    sourcemap: 'inline',
    keepNames: true,
  });
  const [file] = built.outputFiles;
  if (file === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  return file.text;
}
