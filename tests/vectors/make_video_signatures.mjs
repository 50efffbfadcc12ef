// Writes video_signatures.json: what video platforms' own libraries sign, for src/video to sign the same. Shares no code with the
// program: Mux by jsonwebtoken and its own SDK, CloudFront and Signature Version 4 by Amazon's, secure_link by the openssl command
// line, Bunny as published in BunnyWay/BunnyCDN.TokenAuthentication (e2e/vectors.json) and by node's crypto. Node 18 and later:
//   npm install --no-save jsonwebtoken@9.0.3 @mux/mux-node@15.3.0 @aws-sdk/cloudfront-signer @smithy/signature-v4 @aws-crypto/sha256-js
//   node make_video_signatures.mjs
import { createHmac, createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import jwt from 'jsonwebtoken';
import Mux from '@mux/mux-node';
import { getSignedCookies } from '@aws-sdk/cloudfront-signer';
import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '@aws-crypto/sha256-js';

const file = new URL('video_signatures.json', import.meta.url);
// The key of the last time, so that only what changed differs. It opens nothing.
const pem = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).rsa_pem
  : generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const now = 1_795_000_000, lifetime = 120, expires = now + lifetime;
const hmac = (key, text) => createHmac('sha256', key).update(text);

const playback = 'DS00Spx1CV902MCtPj5WknGlR102V5HFkDe';
const kid = 'DJzNS00EZ01YNLhaB00d9QPGO02TDX100gvS';
const token = jwt.sign({ sub: playback, aud: 'v', exp: expires }, pem, { algorithm: 'RS256', keyid: kid, noTimestamp: true });
jwt.verify(token, createPublicKey(pem), { algorithms: ['RS256'], audience: 'v', clockTimestamp: now });

const webhook_secret = 'SuperSecret123';
const webhooks = [];
const webhook = async (name, type, data) => {
  const body = JSON.stringify({ type, id: `evt-${name}`, created_at: new Date(now * 1000).toISOString(), object: { type: 'live', id: data.id }, environment: { id: 'e', name: 'Production' }, data, attempts: [] });
  const signature = `t=${now},v1=${hmac(webhook_secret, `${now}.${body}`).digest('hex')}`;
  await new Mux({ tokenId: 'a', tokenSecret: 'b', webhookSecret: webhook_secret }).webhooks
    .unwrap(body, { 'mux-signature': signature }).catch((e) => { if (!/timestamp|tolerance|old/i.test(e.message)) throw e; });
  webhooks.push({ name, body, signature });
};
const stream = { id: 'aA02skpHXoLrbQm49qIzAG6RtewFOcDEY', passthrough: 'north-hill/7b', status: 'active', playback_ids: [{ policy: 'signed', id: playback }], stream_key: 'abcd' };
await webhook('connected', 'video.live_stream.connected', stream);
await webhook('disconnected', 'video.live_stream.disconnected', stream);
await webhook('idle', 'video.live_stream.idle', stream);
await webhook('recorded', 'video.asset.live_stream_completed', { id: 'asset1', live_stream_id: stream.id, passthrough: 'north-hill/7b', playback_ids: [{ policy: 'signed', id: 'RecordedPlaybackId' }] });

const base = 'https://video.school.example', group = 'classes';
const channel = 'bw-' + execFileSync('openssl', ['dgst', '-sha256', '-r'], { input: 'north-hill/7b' }).toString().slice(0, 40);
const policy = JSON.stringify({ Statement: [{ Resource: `${base}/out/v1/${group}/${channel}/*`, Condition: { DateLessThan: { 'AWS:EpochTime': expires } } }] });
const cookies = getSignedCookies({ keyPairId: 'K2JCJMDEHXQW5F', privateKey: pem, policy });
const plain = (text) => Buffer.from(text.replace(/-/g, '+').replace(/_/g, '=').replace(/~/g, '/'), 'base64');
if (!createVerify('RSA-SHA1').update(plain(cookies['CloudFront-Policy'])).verify(createPublicKey(pem), plain(cookies['CloudFront-Signature'])))
  throw new Error('CloudFront would not take these cookies');

const signer = new SignatureV4({ service: 'mediapackagev2', region: 'eu-central-1', credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }, sha256: Sha256, applyChecksum: false });
const aws_body = JSON.stringify({ ChannelName: channel, InputType: 'HLS' });
const aws = await signer.sign({ method: 'POST', protocol: 'https:', hostname: 'mediapackagev2.eu-central-1.amazonaws.com', path: `/channelGroup/${group}/channel`, query: {}, headers: { host: 'mediapackagev2.eu-central-1.amazonaws.com', 'x-amzn-client-token': channel }, body: aws_body }, { signingDate: new Date(now * 1000) });

const guid = '0273f24a-79d1-d0fe-97ca-b0e36bf31es2', folder = `/${guid}/`, bunny_key = '229248f0-f007-4bf9-ba1f-bbf1b4ad9d40';
const bunny = `https://vz-1a2b3c.b-cdn.net/bcdn_token=HS256-${hmac(bunny_key, `${folder}${expires}token_path=${folder}`).digest('base64url')}&token_path=${encodeURIComponent(folder)}&expires=${expires}${folder}playlist.m3u8`;
const bunny_body = JSON.stringify({ VideoLibraryId: 133, VideoGuid: guid, Status: 3 });

const edge_secret = 'edge-secret-of-32-letters-or-more-0', ingest_secret = 'ingest-secret-of-32-letters-or-more';
const md5 = execFileSync('openssl', ['md5', '-binary'], { input: `${edge_secret} ${expires} north-hill/7b` }).toString('base64url');
const key_expires = (Math.floor(now / 3600) + 1) * 3600 + 86400;

fs.writeFileSync(file, JSON.stringify({
  now, lifetime, rsa_pem: pem,
  mux: { kid, ref: `${stream.id}/${playback}`, url: `https://stream.mux.com/${playback}.m3u8?token=${token}`, webhook_secret, webhooks },
  cloudfront: { key_pair_id: 'K2JCJMDEHXQW5F', base, group, key: 'north-hill/7b', ref: channel, cookies },
  aws: { access_key_id: 'AKIDEXAMPLE', secret_access_key: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', region: 'eu-central-1', target: `/channelGroup/${group}/channel`, client_token: channel, body: aws_body, authorization: aws.headers.authorization, date: aws.headers['x-amz-date'] },
  bunny: {
    published: [
      { key: 'SecurityKey', message: '/300kb.jpg1598024587', token: 'HS256-o10JRWlsAItyAsdKS6jJKjabHN4FrFsplDHPV1idcX4' },
      { key: 'SecurityKey', message: '/abc1598024587token_path=/abc', token: 'HS256-uVZvT3SbEoVKYJyDJgbcsDmSFf73cv-uNUVaJiKWpbQ' },
    ],
    library: 133, key: bunny_key, ref: guid, url: bunny, read_only_key: 'read-only-key', webhook_body: bunny_body, webhook_signature: hmac('read-only-key', bunny_body).digest('hex'),
  },
  self_hosted: {
    edge_secret, ingest_secret, ref: 'north-hill/7b', url: `/live/${expires}/${md5}/north-hill/7b/index.m3u8`,
    stream_key: `north-hill.7b?expires=${key_expires}&signature=${hmac(ingest_secret, `publish north-hill.7b ${key_expires}`).digest('base64url')}`,
  },
}, null, 1) + '\n');
