// Takes the check of receipts out of the page that checks them (web/verify/index.html, one file, so that it works from a disk) and makes a module
// of it: one code, held to tests/vectors/receipts.json there.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = fs.readFileSync(path.resolve(root, '../verify/index.html'), 'utf8');
const begin = page.indexOf('// ---- bytes ----'), end = page.indexOf('// ---- the page ----');
if (begin < 0 || end < begin) throw new Error('web/verify/index.html has no check between "---- bytes ----" and "---- the page ----"');
fs.mkdirSync(path.join(root, 'dist'), { recursive: true });
fs.writeFileSync(path.join(root, 'dist/receipt_check.js'), `// Made from web/verify/index.html.\n${page.slice(begin, end)}\nexport { checkAll };\n`);
fs.copyFileSync(path.join(root, 'src/receipt_check.d.ts'), path.join(root, 'dist/receipt_check.d.ts'));
