// The document as the checks use it: its operations, and whether an answer is one that it documents. Sends nothing.
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const pointer = (...parts) => parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
export const isJson = (type) => /^application\/(.+\+)?json$/.test(type ?? '');
const mediaType = (header) => (header ?? '').split(';')[0].trim().toLowerCase();

/** A copy in which an answer's object has no members but the documented ones: readers must ignore more, we must not send more. */
function closed(document) {
  const extended = new Set(); // what allOf extends cannot be closed by itself
  const look = (node) => {
    if (node === null || typeof node !== 'object') return;
    for (const part of node.allOf ?? []) if (part.$ref) extended.add(part.$ref);
    Object.values(node).forEach(look);
  };
  look(document);
  const copy = structuredClone(document);
  const close = (node, name) => {
    if (node === null || typeof node !== 'object') return;
    if (node.type === 'object' && node.properties && !('additionalProperties' in node) && !extended.has(name)) node.unevaluatedProperties = false;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'allOf') continue;
      if (key === 'example' || key === 'const' || key === 'enum' || key === 'default') continue;
      close(value, key);
    }
  };
  for (const [name, schema] of Object.entries(copy.components.schemas)) close(schema, `#/components/schemas/${name}`);
  close(copy.paths);
  return copy;
}

export class Contract {
  #ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  #compiled = new Map();

  constructor(document) {
    addFormats(this.#ajv);
    this.document = document;
    this.#ajv.addSchema(document, 'open', undefined, false);
    this.#ajv.addSchema(closed(document), 'closed', undefined, false);
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, said]) => this.#operation(path, method, said)));
  }

  /** {id, method, path, credential, parameters, body: {type, schema, at, example, limit} or null, statuses, refers}. */
  #operation(path, method, said) {
    const [type, media] = Object.entries(said.requestBody?.content ?? {})[0] ?? [];
    return {
      id: said.operationId, method: method.toUpperCase(), path, said,
      credential: said['x-credential'],
      parameters: (said.parameters ?? []).map((p, i) => ({ ...p, at: pointer('paths', path, method, 'parameters', i, 'schema') })),
      body: type ? { type, schema: media.schema, example: media.example, limit: said.requestBody['x-body-bytes-limit'], streamed: said.requestBody['x-streamed'],
        at: pointer('paths', path, method, 'requestBody', 'content', type, 'schema') } : null,
      streams: Object.values(said.responses).some((r) => r.content?.['text/event-stream']) || '101' in said.responses,
    };
  }

  resolve(schema) {
    let now = schema;
    while (now?.$ref) now = now.$ref.slice(2).split('/').reduce((at, part) => at[part.replaceAll('~1', '/').replaceAll('~0', '~')], this.document);
    return now ?? {};
  }

  /** What is wrong with a value by the schema at a pointer of the document; '' if nothing. */
  faults(at, value, form = 'open') {
    const reference = `${form}#${at}`;
    if (!this.#compiled.has(reference)) this.#compiled.set(reference, this.#ajv.compile({ $ref: encodeURI(reference) }));
    const valid = this.#compiled.get(reference);
    if (valid(value)) return '';
    const extra = ({ unevaluatedProperty, additionalProperty }) => unevaluatedProperty ?? additionalProperty ?? '';
    return valid.errors.slice(0, 4).map((e) => `${e.instancePath} ${e.message} ${extra(e.params)}`.trim()).join(', ');
  }

  /** Is this answer a documented one of the operation? The faults, in words. */
  check(operation, answer) {
    const { said, path, method } = operation;
    let response = said.responses[answer.status];
    if (!response) return [`${answer.status} is not documented`];
    let at = pointer('paths', path, method.toLowerCase(), 'responses', answer.status);
    if (response.$ref) {
      at = response.$ref.slice(1);
      response = this.resolve(response);
    }
    const found = [];
    const type = mediaType(answer.headers['content-type']);
    const media = response.content?.[type];
    if (!response.content && answer.text !== '') found.push(`${answer.status} has a body, documented without`);
    if (response.content && !media) found.push(`${answer.status} is '${type}', which is not documented`);
    if (media && isJson(type)) {
      let value;
      try { value = JSON.parse(answer.text); } catch { found.push(`${answer.status} is no JSON: ${answer.text.slice(0, 80)}`); }
      if (value !== undefined && media.schema) {
        const wrong = this.faults(`${at}${pointer('content', type, 'schema')}`, value, 'closed');
        if (wrong) found.push(`${answer.status} is not as documented: ${wrong}`);
      }
      if (value !== undefined && type === 'application/problem+json' && value.status !== answer.status) found.push('the problem names another status than the answer has');
    }
    if ([429, 503].includes(answer.status) && type === 'application/problem+json' && !/^[1-9]\d*$/.test(answer.headers['retry-after'] ?? '')) found.push(`${answer.status} without Retry-After`);
    if (answer.status === 401 && !answer.headers['www-authenticate']) found.push('401 without WWW-Authenticate');
    if (!/^[0-9a-f]{16}$/.test(answer.headers['request-id'] ?? '')) found.push('no Request-Id');
    return found;
  }
}
