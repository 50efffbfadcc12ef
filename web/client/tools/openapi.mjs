// Writes src/openapi.ts from the document of the program BW_BINARY, which it starts for that.
import fs from 'node:fs';
import path from 'node:path';
import { startServer } from '../../../tests/support/server.mjs';
import { typesOf } from './types.mjs';

if (!process.env.BW_BINARY) throw new Error('BW_BINARY: the path of the bellwether program');
const server = await startServer(path.resolve(process.env.INIT_CWD ?? '.', process.env.BW_BINARY)); // npm changes the directory
try {
  fs.writeFileSync(new URL('../src/openapi.ts', import.meta.url), await typesOf((await server.request('north-hill', 'GET', '/openapi.json')).json()));
} finally { await server.stop(); }
