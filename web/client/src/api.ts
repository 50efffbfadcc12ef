// The API with the types of its document (openapi.ts, which is made from it): what is asked is checked where it is written, and answers have
// their shape. Faults are ApiError, as from Session and Transport, which send.
import type { Answer, Request } from './http.js';
import type { paths } from './openapi.js';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type PathOf<M extends Method> = { [P in keyof paths]: M extends keyof paths[P] ? P : never }[keyof paths];
type Operation<M extends Method, P extends PathOf<M>> = paths[P][M & keyof paths[P]];

type Parameters<O> = O extends { parameters: infer P } ? P : {};
type Part<P, K extends string> = K extends keyof P ? Pick<P, K> : {};
type Header<P, Name extends string, As extends string> =
  P extends { header: { [name in Name]: string } } ? { [as in As]: string } : P extends { header?: infer H } ? (Name extends keyof H ? { [as in As]?: string } : {}) : {};
type Json<C> = C extends { content: { 'application/json': infer B } } ? B : undefined;
type Body<O> = O extends { requestBody: infer B } ? { body: Json<B> } : O extends { requestBody?: infer B } ? (unknown extends B ? {} : { body?: Json<NonNullable<B>> }) : {};

/** What a request wants to know: `path` and `query` as the document names them, `body`, `ifMatch` (an ETag as it came), `idempotencyKey`. */
export type Given<M extends Method, P extends PathOf<M>> = Part<Parameters<Operation<M, P>>, 'path'> & Part<Parameters<Operation<M, P>>, 'query'>
  & Body<Operation<M, P>> & Header<Parameters<Operation<M, P>>, 'If-Match', 'ifMatch'> & Header<Parameters<Operation<M, P>>, 'Idempotency-Key', 'idempotencyKey'>
  & Pick<Request, 'headers' | 'signal' | 'timeoutMs' | 'retryForMs'>;
type Rest<M extends Method, P extends PathOf<M>> = {} extends Given<M, P> ? [given?: Given<M, P>] : [given: Given<M, P>];

/** The body of a good answer; undefined: it has none. */
export type Answered<M extends Method, P extends PathOf<M>> = Operation<M, P> extends { responses: infer R } ? Json<R[keyof R]> : undefined;
export interface Found<T> { status: number; body: T; etag: string | undefined; headers: Headers }

type PagedPath = { [P in PathOf<'get'>]: Answered<'get', P> extends { data: unknown[]; next: string | null } ? P : never }[PathOf<'get'>];
type Item<P extends PagedPath> = Answered<'get', P> extends { data: (infer T)[] } ? T : never;

interface Loose { path?: Record<string, unknown>; query?: Record<string, unknown>; body?: unknown; ifMatch?: string; idempotencyKey?: string }

/** `/v1/x/{id}` filled in, with what is said of the query. */
export function target(template: string, path: Record<string, unknown> = {}, query: Record<string, unknown> = {}): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])));
  const said = Object.entries(query).filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)]);
  return said.length === 0 ? filled : `${filled}?${new URLSearchParams(said)}`;
}

export class Api {
  constructor(private readonly sender: { send(request: Request): Promise<Answer> }) {}

  get<P extends PathOf<'get'>>(path: P, ...given: Rest<'get', P>) { return this.#ask('get', path, given[0]); }
  post<P extends PathOf<'post'>>(path: P, ...given: Rest<'post', P>) { return this.#ask('post', path, given[0]); }
  put<P extends PathOf<'put'>>(path: P, ...given: Rest<'put', P>) { return this.#ask('put', path, given[0]); }
  patch<P extends PathOf<'patch'>>(path: P, ...given: Rest<'patch', P>) { return this.#ask('patch', path, given[0]); }
  delete<P extends PathOf<'delete'>>(path: P, ...given: Rest<'delete', P>) { return this.#ask('delete', path, given[0]); }

  /** Everything in a list, a page asked for when the one before was used up; `query.limit` is the size of a page. */
  async *each<P extends PagedPath>(path: P, ...given: Rest<'get', P>): AsyncGenerator<Item<P>, void, undefined> {
    const first = given[0] as Loose | undefined;
    for (let cursor: string | null | undefined; ;) {
      const { body } = await this.#ask('get', path, { ...first, query: { ...first?.query, ...(cursor && { cursor }) } });
      const page = body as unknown as { data: Item<P>[]; next: string | null };
      yield* page.data;
      cursor = page.next;
      if (!cursor) return;
    }
  }

  async #ask<M extends Method, P extends PathOf<M>>(method: M, template: P, given: unknown): Promise<Found<Answered<M, P>>> {
    const { path, query, ifMatch, idempotencyKey, headers, ...rest } = (given ?? {}) as Loose & Pick<Request, 'headers' | 'signal' | 'timeoutMs' | 'retryForMs'>;
    const answer = await this.sender.send({
      ...rest, method: method.toUpperCase() as Request['method'], path: target(template, path, query),
      headers: { ...headers, ...(ifMatch && { 'If-Match': ifMatch }), ...(idempotencyKey && { 'Idempotency-Key': `"${idempotencyKey}"` }) },
    });
    return { status: answer.status, body: answer.body as Answered<M, P>, etag: answer.headers.get('ETag') ?? undefined, headers: answer.headers };
  }
}
