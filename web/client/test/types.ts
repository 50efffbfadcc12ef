// What must compile, and what must not: read by tsc alone.
import { Api, type Answered, type schemas, Session } from '../src/index.js';

declare const session: Session;
const api = new Api(session);

export async function compiles(): Promise<string | undefined> {
  const { body, etag } = await api.get('/v1/assignments/{assignment_id}', { path: { assignment_id: 'asg_1' } });
  const assignment: schemas.Assignment = body;
  await api.patch('/v1/assignments/{assignment_id}', { path: { assignment_id: assignment.assignment_id }, ifMatch: etag!, body: { late_seconds_limit: null } });
  for await (const one of api.each('/v1/assignments', { query: { limit: 100 } })) one.due_at.slice();
  await api.get('/v1/me');
  const nothing: undefined = (await api.delete('/v1/sessions/current')).body;
  const receipt: Answered<'post', '/v1/submissions'>['receipt'] =
    (await api.post('/v1/submissions', { idempotencyKey: 'k', body: { assignment_id: 'asg_1', text: 'x' } })).body.receipt;
  await api.put('/v1/assignments/{assignment_id}/similarity', { path: { assignment_id: 'x' }, ifMatch: etag!, body: { similarity: 'on' } });
  return nothing ?? receipt.submission_id;
}

export async function doesNot(): Promise<void> {
  // @ts-expect-error there is no such path
  await api.get('/v1/asignments');
  // @ts-expect-error nobody posts there
  await api.post('/v1/me');
  // @ts-expect-error its id is missing
  await api.get('/v1/assignments/{assignment_id}');
  // @ts-expect-error another name of it
  await api.get('/v1/assignments/{assignment_id}', { path: { id: 'x' } });
  // @ts-expect-error nobody changes what they have not seen
  await api.patch('/v1/assignments/{assignment_id}', { path: { assignment_id: 'x' }, body: {} });
  // @ts-expect-error a key is needed
  await api.post('/v1/submissions', { body: { assignment_id: 'x', text: 'x' } });
  // @ts-expect-error a number
  await api.get('/v1/assignments', { query: { limit: 'many' } });
  // @ts-expect-error no such member in the answer
  (await api.get('/v1/me')).body.nickname;
  // @ts-expect-error no list in pages
  for await (const one of api.each('/v1/me')) void one;
}
