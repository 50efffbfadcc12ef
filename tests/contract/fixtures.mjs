// What the document cannot tell: who calls, at which host, and the few operations whose example alone does not do.
import { execFileSync } from 'node:child_process';
import { eventually } from '../support/server.mjs';

export const institution = 'north-hill', elsewhere = 'river-valley', nowhere = 'no-such-school';
const password = 'bell-at-nine';

/** Tried in this order: the first who is answered 2xx is an operation's caller. */
export const people = ['ada', 'grace', 'admin'].map((username) => ({ username, password }));

/** A new operator token; the server knows it after its next look at the database. */
export function operatorToken(server) {
  return execFileSync(process.env.BW_BINARY, ['operator-token', 'create', '--data', server.data, '--name', 'contract'], { encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

/** The process that keeps them makes its copy first; until then it answers 503. */
export async function reportsAreRead(server) {
  const token = await eventually('an administrator signs in', async () => (await server.request(institution, 'POST', '/v1/sessions', { body: people.at(-1) })).json().access_token);
  await eventually('reports are read', async () => (await server.request(institution, 'GET', '/v1/reports/marking_backlog', { headers: { Authorization: `Bearer ${token}` } })).status === 200, 60_000);
}

/** Operations that cannot be answered 2xx by example and links, each with its reason. */
export const neverWell = {
  ask_to_publish: 'wants a stream key that was signed; src/live/publishing_test.cpp',
  change_password: 'nobody could sign in after it; tests/integration/accounts_test.cpp does',
  choose_password: 'its link or code comes by mail or on paper; tests/integration/accounts_test.cpp does',
  resend_invitation: 'everybody in the demo has a password, so nobody can be invited',
  revoke_invitation: 'the same',
  finish_sign_in: 'wants the challenge of a sign-in that was not enough; tests/integration',
  enrol_at_sign_in: 'the same',
  reset_second_factor: 'nobody has one by the time that DELETEs are called; tests/integration',
  start_federation: 'the example is a provider that is nowhere; tests/federation has a real one',
  finish_federation: 'only a browser that came from the provider has a good state',
  put_institution_logo: 'a picture is no text; tests/integration/institution_test.cpp',
  get_institution_logo: 'the demo has none; the same test',
  remove_institution_logo: 'the same',
  set_user_roles: 'the first person whom an administrator hears of is themselves; tests/integration/people_test.cpp',
  make_report_export_link: 'no file is written where nothing has role report; src/exports/routes_test.cpp',
  download_report_export: 'the same',
  create_roster_import: 'wants an uploaded package; tests/integration/roster_imports_test.cpp',
  apply_roster_import: 'the same',
  cancel_roster_import: 'the same',
  get_own_grade: 'the work that is marked by the examples is a chance student\'s; tests/integration/marking_test.cpp',
  ask_regrade: 'the same',
  withdraw_regrade: 'the same',
  decide_regrade: 'the same',
  get_agreed_mark: 'wants two markers who differ; tests/integration/marking_test.cpp',
  save_agreed_mark: 'the same',
  mark_automatically: 'wants an answer key, so structured answers; the same test',
  exchange_federation_code: 'only a sign-in at a provider makes a code',
  link_identity: 'as start_federation',
  get_job: 'the demo has no jobs; tests/integration/jobs_test.cpp does',
  retry_job: 'the same',
  cancel_job: 'the same',
  redrive_tenant_dead_letters: 'its example names no institution; tests/integration/operations_test.cpp does',
  get_storm_report: 'nobody has kept one; the same test',
  append_upload: 'the upload that the example makes is whole; tests/files appends',
  sign_upload_parts: 'the demo keeps files in a directory; tests/files sends parts to an S3 server',
  list_upload_parts: 'the same',
  complete_upload_parts: 'the same',
  make_submission_file_link: 'nobody handed in a file; tests/files does',
  download_submission_file: 'the same',
  download_file: 'only a link that was made has a good signature; tests/files follows one',
  get_deadline_load: 'its example names no section; tests/integration/forecast_test.cpp does',
  declare_outage: 'its example is of a day that is long over; tests/integration/outages_test.cpp does',
  download_material: 'only a link that a page holds has a good signature; tests/integration/content_test.cpp follows one',
  download_draft: 'the same',
  restore_lesson_on_day: 'the date that is learnt is another day\'s; tests/integration/timetable_test.cpp restores one',
  remove_lesson: 'odd timetables that are put in its place take the lesson away; tests/integration/timetable_test.cpp removes one',
  get_live_class: 'there are classes where a process has role live; src/live',
  join_live_class: 'the same',
  put_out_of_live_class: 'the same',
  let_into_live_class: 'the same',
  send_heartbeat: 'the same; src/attendance',
  list_live_attendance: 'the same',
  get_live_class_recording: 'the same; src/recordings',
  add_recording: 'wants an uploaded video; src/recordings/routes_test.cpp',
  get_recording: 'the same',
  change_recording: 'the same',
  remove_recording: 'the same',
  read_recorded_playlist: 'only our own origin knows the secret; the same test',
  read_recorded_object: 'the same',
  enter_room: 'a WebSocket, of such a class; src/rooms',
  read_calendar_feed: 'only whoever made one knows its address; tests/integration/timetable_test.cpp reads one',
  unlink_identity: 'nobody is linked to a provider that is nowhere',
};

/** Operations that ask a provider which is nowhere: what is odd but allowed is answered 503 there, and nothing is learnt from it. */
export const asksOthers = new Set(['start_federation', 'link_identity']);
