// The types of the API, from the document of the server: what is asked and what is answered when all is well. Faults are ApiError, whatever was asked.
import openapiTS, { astToString } from 'openapi-typescript';

const head = '// Made from /openapi.json: BW_BINARY=PROGRAM npm run types. Types alone, no code.\n\n';

/** Without pages, faults and headers of answers, which no caller of the typed client sees. */
function trimmed(document) {
  const copy = structuredClone(document);
  for (const [path, methods] of Object.entries(copy.paths)) {
    if (!/^\/(v1|\.well-known)\//.test(path)) delete copy.paths[path];
    delete methods.options;
    for (const { responses } of Object.values(methods))
      for (const [status, answer] of Object.entries(responses)) {
        if (status >= 400) delete responses[status];
        else delete answer.headers;
      }
  }
  copy.components = { schemas: copy.components.schemas };
  return withoutExamples(copy);
}

function withoutExamples(node) {
  if (Array.isArray(node)) return node.map(withoutExamples);
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(Object.entries(node).filter(([key, value]) => key !== 'example' || (typeof value === 'object' && 'type' in value))
    .map(([key, value]) => [key, withoutExamples(value)]));
}

/** The text of src/openapi.ts. */
export async function typesOf(document) {
  const whole = astToString(await openapiTS(trimmed(document), { silent: true, rootTypes: true, rootTypesNoSchemaPrefix: true, defaultNonNullable: false }));
  return head + whole
    .replace(/^ +[\w$"]+\?: never;\n/gm, '') // methods and parameters that there are not
    .replace(/^ +headers: \{\n +\[name: string\]: unknown;\n +\};\n/gm, '')
    .replace(/^ +parameters: \{\n +\};\n/gm, '');
}
