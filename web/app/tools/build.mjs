// build.mjs [--watch]: writes dist/, as `bellwether serve --app` reads it: index.html, sw.js, manifest.webmanifest, icon.svg, licences.txt, and assets/* with a
// hash of their content in their names; beside each the same by brotli and gzip. Says what the first load weighs.
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';
import esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const client = path.resolve(root, '../client');
const dist = path.join(root, 'dist');

/** The client library is built by its own tools. */
function buildClient() {
  const tsc = path.join(client, 'node_modules/.bin/tsc');
  if (!fs.existsSync(tsc)) throw new Error(`the client library's packages are missing: cd ${path.relative(process.cwd(), client) || '.'} && npm ci`);
  execFileSync(process.execPath, [path.join(client, 'tools/receipt_check.mjs')], { stdio: 'inherit' });
  execFileSync(tsc, ['-p', path.join(client, 'tsconfig.json')], { stdio: 'inherit' });
}

const common = {
  absWorkingDir: root, bundle: true, format: 'esm', target: 'es2022', jsx: 'automatic', jsxImportSource: 'preact', minify: true, legalComments: 'none',
  alias: { '@bellwether/client': path.join(client, 'dist/index.js') }, metafile: true, logLevel: 'warning',
};

/** Styles that a page imports come with its code, whenever that is: esbuild would write a file that nobody asks for. */
const lateStyles = {
  name: 'late styles',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.css$/ }, async ({ path: named, importer, resolveDir, kind, }) => {
      if (kind !== 'import-statement' || importer.endsWith('src/main.tsx')) return undefined;
      const found = fs.realpathSync(named.startsWith('.') ? path.resolve(resolveDir, named) : path.join(root, 'node_modules', named));
      return { path: found, namespace: 'late' };
    });
    onLoad({ filter: /.*/, namespace: 'late' }, async ({ path: file }) => {
      const { code } = await esbuild.transform(fs.readFileSync(file, 'utf8'), { loader: 'css', minify: true });
      const contents = `const sheet = new CSSStyleSheet(); sheet.replaceSync(${JSON.stringify(code)}); document.adoptedStyleSheets.push(sheet);`;
      return { contents, loader: 'js', watchFiles: [file] };
    });
  },
};

const compressible = /\.(html|js|css|svg|json|webmanifest|txt)$/;
function compress(file) {
  const bytes = fs.readFileSync(file);
  if (!compressible.test(file) || bytes.length < 300) return;
  fs.writeFileSync(`${file}.br`, zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } }));
  fs.writeFileSync(`${file}.gz`, zlib.gzipSync(bytes, { level: 9 }));
}

/** What the licences of the packages in it ask for: their names and texts, beside the app. */
function licences(inputs) {
  const packages = new Set(inputs.flatMap((input) => /^(?:late:)?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []).map((directory) => path.resolve(root, directory)));
  const texts = [...packages].sort().map((directory) => {
    const { name, version, license } = JSON.parse(fs.readFileSync(path.join(directory, 'package.json'), 'utf8'));
    const file = fs.readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name} ${version} (${license})\n\n${file ? fs.readFileSync(path.join(directory, file), 'utf8').trim() : ''}\n`;
  });
  return `Bellwether's web app holds these packages.\n\n${texts.join(`\n${'-'.repeat(40)}\n\n`)}`;
}

/** An entry with everything that it imports at once: what must come before the first page shows. */
function withStaticImports(outputs, entry) {
  const seen = new Set();
  (function visit(name) {
    if (seen.has(name)) return;
    seen.add(name);
    for (const { path: to, kind } of outputs[name].imports) if (kind === 'import-statement' && outputs[to]) visit(to);
    const { cssBundle } = outputs[name];
    if (cssBundle) seen.add(cssBundle);
  })(entry);
  return [...seen];
}

export async function build() {
  buildClient();
  fs.rmSync(dist, { recursive: true, force: true });
  const { metafile } = await esbuild.build({
    ...common, plugins: [lateStyles], entryPoints: { app: 'src/main.tsx' }, outdir: 'dist/assets', splitting: true, entryNames: '[name].[hash]', chunkNames: '[name].[hash]', assetNames: '[name].[hash]',
  });
  const outputs = metafile.outputs;
  const entry = Object.keys(outputs).find((name) => outputs[name].entryPoint === 'src/main.tsx');
  const first = withStaticImports(outputs, entry);
  const at = (name) => `/app/${path.relative('dist', name)}`;
  const scripts = first.filter((name) => name.endsWith('.js')), styles = first.filter((name) => name.endsWith('.css'));

  const html = fs.readFileSync(path.join(root, 'src/index.html'), 'utf8')
    .replace('<!--styles-->', styles.map((name) => `<link rel="stylesheet" href="${at(name)}">`).join('\n'))
    .replace('<!--scripts-->', [...scripts.filter((name) => name !== entry).map((name) => `<link rel="modulepreload" href="${at(name)}">`),
      `<script type="module" src="${at(entry)}"></script>`].join('\n'));
  fs.writeFileSync(path.join(dist, 'index.html'), html);
  fs.cpSync(path.join(root, 'public'), dist, { recursive: true });
  fs.writeFileSync(path.join(dist, 'licences.txt'), licences(Object.keys(metafile.inputs)));

  // The service worker keeps all files of this version, and its version is what they are.
  const assets = Object.keys(outputs).map(at).sort();
  const version = crypto.createHash('sha256').update(html).update(assets.join()).digest('hex').slice(0, 16);
  await esbuild.build({ ...common, splitting: false, format: 'iife', entryPoints: { sw: 'src/sw.ts' }, outdir: 'dist',
    define: { VERSION: JSON.stringify(version), ASSETS: JSON.stringify(assets) } });

  const files = fs.readdirSync(dist, { recursive: true, withFileTypes: true }).filter((file) => file.isFile()).map((file) => path.join(file.parentPath ?? file.path, file.name));
  files.forEach(compress);
  const weight = (file) => { try { return fs.statSync(`${file}.br`).size; } catch { return fs.statSync(file).size; } };
  const report = {
    version,
    first_load_bytes: [path.join(dist, 'index.html'), ...first.map((name) => path.join(root, name))].reduce((sum, file) => sum + weight(file), 0),
    all_bytes: files.reduce((sum, file) => sum + weight(file), 0),
    chunks: Object.fromEntries(Object.keys(outputs).map((name) => [path.basename(name), { bytes: weight(path.join(root, name)), first: first.includes(name), of: Object.keys(outputs[name].inputs).filter((input) => input.startsWith('src/pages')).map((input) => input.slice(10)) }])),
  };
  fs.writeFileSync(path.join(root, 'dist.json'), JSON.stringify(report, null, 1)); // beside dist: it is not served
  return report;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { first_load_bytes: first, all_bytes: all } = await build();
  console.log(`web/app/dist: first load ${(first / 1024).toFixed(1)} KiB of 150, all ${(all / 1024).toFixed(1)} KiB (brotli)`);
}
