// A live class of the demo that is on now, a Janus for it, and a page in its room with a made-up camera. Nothing here knows what is checked.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/server.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const institution = 'north-hill', id = '00000000000070008000000000000077';
export const liveClass = `liv_${id}`;

const accepts = (port) => new Promise((done) => {
  const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); done(true); }).on('error', () => done(false));
});

/** Janus as deploy/janus starts it; `stop` ends it, `start` begins another. */
export function janus(server, port, mediaPorts) {
  const at = path.join(server.data, 'janus');
  let child, gone;
  return {
    async start() {
      execFileSync(path.join(root, 'deploy/janus/render'), ['--secret-file', path.join(server.data, 'secrets/janus.key'), '--out', at, '--port', `${port}`, '--media-ports', mediaPorts]);
      child = spawn('janus', ['-F', at, '-C', path.join(at, 'janus.jcfg')], { stdio: ['ignore', fs.openSync(path.join(at, 'log'), 'a'), 'inherit'] });
      gone = new Promise((done) => { child.once('exit', done); });
      await eventually('Janus listens', () => accepts(port));
    },
    async stop(signal = 'SIGTERM') { child?.kill(signal); await gone; },
  };
}

/** The section that ada attends and grace teaches has a class that began just now. */
export function beginClass(server) {
  const sql = (text) => execFileSync('psql', ['-X', '-At', '-h', path.join(server.data, 'pg/sock'), '-U', 'bw', '-d', 'bellwether', '-c', text], { encoding: 'utf8', timeout: 30_000 }).trim();
  const [tenant, section] = sql(`select s.tenant_id || ' ' || s.section_id from sections s join control.tenants t on t.tenant_id = s.tenant_id and t.slug = '${institution}'
    where exists (select from enrollments e join users u using (tenant_id, user_id) where e.tenant_id = s.tenant_id and e.section_id = s.section_id and u.username = 'ada')
      and exists (select from enrollments e join users u using (tenant_id, user_id) where e.tenant_id = s.tenant_id and e.section_id = s.section_id and u.username = 'grace') limit 1`).split(' ');
  sql(`insert into live_classes (tenant_id, class_id, lesson_id, day, section_id, title, begins_at, ends_at, students_may, state)
    values ('${tenant}', '${id}', '${id}', current_date, '${section}', 'Bells', now() - interval '1 minute', now() + interval '40 minutes', 8, 'live')`);
  return { sql, tenant };
}

export async function signIn(server, username) {
  const answer = await server.request(institution, 'POST', '/v1/sessions', { body: { username, password: 'bell-at-nine' } });
  return answer.json().access_token;
}

/** A grant for the room; asked again until the class is known. */
export function join(server, token) {
  return eventually('the class can be joined', async () => {
    const answer = await server.request(institution, 'POST', `/v1/live-classes/${liveClass}/join`, { headers: { Authorization: `Bearer ${token}` } });
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.json().grant.token;
  });
}

/** What a page needs to be in the room: `room` in the page has what came, and sends. */
export const inPage = (url, grant) => new Promise((entered, failed) => {
  const room = window.room = { socket: new WebSocket(url), messages: [], closed: 0, waiting: [], publisher: null, viewer: null };
  const hear = (message) => {
    room.messages.push(message);
    if (message.type === 'several') message.messages.forEach(hear);
    if (message.type === 'entered') entered(message);
    if (message.type === 'published') room.publisher.setRemoteDescription({ type: 'answer', sdp: message.sdp });
    if (message.type === 'offer') room.offered(message);
  };
  room.say = (message) => room.socket.send(JSON.stringify(message));
  room.candidates = (of, connection) => { connection.onicecandidate = ({ candidate }) => room.say(candidate?.candidate
    ? { type: 'candidate', of, candidate: candidate.candidate, sdp_mid: candidate.sdpMid, sdp_line: candidate.sdpMLineIndex } : { type: 'candidate', of }); };
  room.publish = async (kinds) => {
    const stream = await navigator.mediaDevices.getUserMedia(kinds);
    room.publisher = new RTCPeerConnection();
    room.candidates('publish', room.publisher);
    stream.getTracks().forEach((track) => room.publisher.addTrack(track, stream));
    await room.publisher.setLocalDescription();
    room.say({ type: 'publish', sdp: room.publisher.localDescription.sdp });
  };
  room.offered = async ({ sdp }) => {
    if (!room.viewer) {
      room.viewer = new RTCPeerConnection();
      room.candidates('subscribe', room.viewer);
      room.viewer.ontrack = ({ track }) => { // what nobody plays is not decoded
        const video = document.body.appendChild(document.createElement(track.kind));
        Object.assign(video, { srcObject: new MediaStream([track]), muted: true });
        video.play().catch(() => {});
      };
    }
    await room.viewer.setRemoteDescription({ type: 'offer', sdp });
    await room.viewer.setLocalDescription();
    room.say({ type: 'answer', sdp: room.viewer.localDescription.sdp });
  };
  /** Of what comes in, by kind. */
  room.stats = async () => {
    const out = {};
    for (const one of (await room.viewer?.getStats())?.values() ?? [])
      if (one.type === 'inbound-rtp') out[one.kind] = { bytes: one.bytesReceived, frames: one.framesDecoded, width: one.frameWidth };
    return out;
  };
  room.socket.onmessage = ({ data }) => hear(JSON.parse(data));
  room.socket.onclose = ({ code }) => { room.closed = code; failed(new Error(`closed with ${code}: ${JSON.stringify(room.messages.at(-1))}`)); };
  room.socket.onopen = () => room.say({ type: 'enter', grant });
});
