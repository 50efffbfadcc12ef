// A class's video without a teacher: a ladder that was encoded once and is played out live by a small origin, and two real edges before it (deploy/nginx).
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const segmentSeconds = 2, segments = 4, listed = 6;
const rungs = [[720, 1600], [480, 800], [360, 450], [240, 220]];

/** What is missing for video; undefined: nothing. */
export function lacksVideo() {
  for (const [file, name] of [['/usr/sbin/nginx', 'nginx'], ['/usr/bin/ffmpeg', 'ffmpeg']]) if (!fs.existsSync(file)) return `no ${file} (apt-get install ${name})`;
  return undefined;
}

/** Eight seconds of the ladder as deploy/nginx/ladder makes it, once; kept where the build is. */
function encoded() {
  const kept = path.join(process.env.BW_LADDER ?? path.join(os.tmpdir(), 'bw-live-ladder'), 'v1');
  if (fs.existsSync(path.join(kept, 'index.m3u8'))) return kept;
  const making = fs.mkdtempSync(path.join(os.tmpdir(), 'bw-ladder-'));
  const seconds = segmentSeconds * segments, names = [...rungs.map(([height]) => String(height)), 'sound'];
  for (const name of names) fs.mkdirSync(path.join(making, name));
  execFileSync('/usr/bin/ffmpeg', ['-nostdin', '-hide_banner', '-loglevel', 'error', '-f', 'lavfi', '-i', `testsrc2=d=${seconds}:s=1280x720:r=25`, '-f', 'lavfi', '-i', `sine=d=${seconds}:r=48000`,
    '-filter_complex', `[0:v]noise=alls=12:allf=t,split=${rungs.length}${rungs.map((_, i) => `[v${i}]`).join('')}${rungs.map(([height], i) => `;[v${i}]scale=-2:${height}[o${i}]`).join('')}`,
    ...rungs.flatMap(([, kbit], i) => ['-map', `[o${i}]`, `-b:v:${i}`, `${kbit}k`, `-maxrate:v:${i}`, `${kbit}k`, `-bufsize:v:${i}`, `${kbit * 2}k`]),
    '-map', '1:a', '-c:a', 'aac', '-b:a', '64k', '-ar', '48000', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-sc_threshold', '0', '-force_key_frames', `expr:gte(t,n_forced*${segmentSeconds})`,
    '-f', 'hls', '-hls_time', String(segmentSeconds), '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4', '-hls_fmp4_init_filename', 'init-%v.mp4', '-hls_segment_filename', path.join(making, '%v/%d.m4s'),
    '-hls_flags', 'independent_segments', '-master_pl_name', 'index.m3u8',
    '-var_stream_map', `${rungs.map(([height], i) => `v:${i},agroup:sound,name:${height}`).join(' ')} a:0,agroup:sound,name:sound,default:yes`, path.join(making, '%v/index.m3u8')], { stdio: ['ignore', 'ignore', 'inherit'] });
  fs.mkdirSync(path.dirname(kept), { recursive: true });
  try { execFileSync('mv', ['-T', making, kept]); } catch (error) { if (!fs.existsSync(path.join(kept, 'index.m3u8'))) throw error; } // another was first
  return kept;
}

/** The same segment later: its decode time is moved by so many seconds. */
function later(bytes, seconds, timescale) {
  const out = Buffer.from(bytes);
  for (let at = out.indexOf('tfdt'); at >= 0; at = out.indexOf('tfdt', at + 4)) {
    if (out[at + 4] === 1) out.writeBigUInt64BE(out.readBigUInt64BE(at + 8) + BigInt(seconds * timescale), at + 8);
    else out.writeUInt32BE(out.readUInt32BE(at + 8) + seconds * timescale, at + 8);
  }
  return out;
}
/** Of the track in an init segment: mdhd's. */
function timescaleOf(init) {
  const at = init.indexOf('mdhd');
  return init.readUInt32BE(at + (init[at + 4] === 1 ? 24 : 16));
}

/** Plays the ladder out for every class, as if somebody sent it since the beginning of time. */
export async function startOrigin() {
  const ladder = encoded(), began = Math.floor(Date.now() / 1000 / segmentSeconds) - listed - 2, asked = [];
  const names = [...rungs.map(([height]) => String(height)), 'sound'];
  const files = new Map(names.flatMap((name) => fs.readdirSync(path.join(ladder, name)).map((file) => [`${name}/${file}`, fs.readFileSync(path.join(ladder, name, file))])));
  const initOf = new Map(names.map((name) => [name, [...files.keys()].find((file) => file.startsWith(`${name}/init`)).slice(name.length + 1)]));
  const durations = new Map(names.map((name) => [name, [...files.get(`${name}/index.m3u8`).toString().matchAll(/#EXTINF:([\d.]+)/g)].map(([, seconds]) => seconds)]));
  let silentSince;
  const newest = () => silentSince ?? Math.floor(Date.now() / 1000 / segmentSeconds) - began - 1;
  function playlist(name) {
    const last = newest(), first = Math.max(0, last - listed + 1);
    const lines = ['#EXTM3U', '#EXT-X-VERSION:7', `#EXT-X-TARGETDURATION:${segmentSeconds}`, `#EXT-X-MEDIA-SEQUENCE:${first}`, '#EXT-X-INDEPENDENT-SEGMENTS', `#EXT-X-MAP:URI="${initOf.get(name)}"`];
    for (let n = first; n <= last; ++n) lines.push(`#EXTINF:${durations.get(name)[n % segments]},`, `${n}.m4s`);
    return `${lines.join('\n')}\n`;
  }
  function answerTo(rest) {
    if (rest === 'index.m3u8') return fs.readFileSync(path.join(ladder, 'index.m3u8'));
    const [name, file] = rest.split('/');
    if (!names.includes(name) || file === undefined) return undefined;
    if (file === 'index.m3u8') return playlist(name);
    const number = /^(\d+)\.m4s$/.exec(file);
    if (!number) return files.get(rest);
    const n = Number(number[1]);
    return n > newest() ? undefined : later(files.get(`${name}/${n % segments}.m4s`), Math.floor(n / segments) * segments * segmentSeconds, timescaleOf(files.get(`${name}/${initOf.get(name)}`)));
  }
  const server = http.createServer((request, response) => {
    const [, , , ...rest] = request.url.split('/'), body = answerTo(rest.join('/'));
    asked.push(rest.join('/'));
    response.writeHead(body === undefined ? 404 : 200, { 'Content-Type': 'application/octet-stream' }).end(body);
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  return {
    address: `127.0.0.1:${server.address().port}`, asked,
    /** The teacher's line is cut: playlists stay as they are; and it is back, where it would be. */
    silence() { silentSince = newest(); },
    speak() { silentSince = undefined; },
    stop: () => new Promise((done) => { server.closeAllConnections?.(); server.close(done); }),
  };
}

export const freePort = () => new Promise((done, failed) => {
  const server = net.createServer().on('error', failed).listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => done(port)); });
});

/** What addresses are signed with: the server's own key, made before it starts. */
export function edgeKey(data) {
  const file = path.join(data, 'secrets/live-edge.key');
  if (!fs.existsSync(file)) {
    fs.mkdirSync(data, { recursive: true, mode: 0o711 });
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    fs.writeFileSync(file, `${crypto.randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  }
  return fs.readFileSync(file, 'utf8').trim();
}

/** The shipped edge in a real nginx. */
export function startEdge({ name, port, origin, secret }) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'bw-edge-')), at = (file) => path.join(directory, file);
  fs.chmodSync(directory, 0o755);
  fs.writeFileSync(at('secret'), `${secret}\n`, { mode: 0o600 });
  fs.mkdirSync(at('cache'));
  fs.chmodSync(at('cache'), 0o777); // workers of a root's nginx run as nobody
  fs.writeFileSync(at('edge.conf'), execFileSync(path.join(root, 'deploy/nginx/render-edge'), ['--origin', origin, '--secret-file', at('secret'), '--name', name, '--listen', `127.0.0.1:${port}`,
    '--cache', at('cache'), '--access-log', at('access'), '--error-log', at('errors'), '--drain-file', at('drain'), '--cache-size', '256m']));
  fs.writeFileSync(at('nginx.conf'), `${process.geteuid() === 0 ? 'user nobody nogroup;\n' : ''}daemon off;\nworker_processes 1;\npid pid;\nerror_log stderr crit;\nevents { worker_connections 1024; }\nhttp {
  access_log off;\n  client_body_temp_path tmp_body; proxy_temp_path tmp_proxy; fastcgi_temp_path tmp_f; uwsgi_temp_path tmp_u; scgi_temp_path tmp_s;\n  include edge.conf;\n}\n`);
  const nginx = spawn('setpriv', ['--pdeathsig', 'TERM', '/usr/sbin/nginx', '-p', directory, '-c', 'nginx.conf', '-e', 'stderr'], { stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = new Promise((done) => { nginx.once('exit', done); });
  return {
    name, url: `http://127.0.0.1:${port}`,
    async kill() { nginx.kill('SIGTERM'); await ended; },
    async stop() { await this.kill(); fs.rmSync(directory, { recursive: true, force: true, maxRetries: 5 }); },
  };
}

/** It is noon at this school, and its one lesson begins so many minutes from now; `move` moves it. */
export async function liveLesson(admin, student, teacher) {
  const hour = 12 - new Date().getUTCHours(), zone = `Etc/GMT${hour === 0 ? '' : `${hour > 0 ? '-' : '+'}${Math.abs(hour)}`}`, day = new Date().toISOString().slice(0, 10);
  const clock = (minutes) => { const all = 12 * 60 + new Date().getUTCMinutes() + minutes; return `${Math.floor(all / 60)}:${String(all % 60).padStart(2, '0')}`; };
  const from = new Date(Date.parse(day) - 20 * 86_400_000).toISOString().slice(0, 10), until = new Date(Date.parse(day) + 20 * 86_400_000).toISOString().slice(0, 10);
  const move = (minutes) => admin('PATCH', '/v1/timetable', { zone, schedules: [{ name: 'Normal', periods: [{ name: 'P1', begin: clock(minutes), end: '14:30' }] }], week: Array(7).fill('Normal'), rotation: null,
    terms: [{ name: 'The year', begins: from, ends: until }], exceptions: [] }, true);
  const { data: theirs } = await teacher('GET', '/v1/sections'), { data: hers } = await student('GET', '/v1/sections');
  const section = theirs.find(({ section_id }) => hers.some((one) => one.section_id === section_id));
  assert.ok(section, 'teacher and student share a section');
  return { move, section, add: () => admin('POST', '/v1/lessons', { section_id: section.section_id, period: 'P1', room: '12' }) };
}
