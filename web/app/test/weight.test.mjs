// What a first visit has to carry, and what a page adds to it: brotli, from the build's report.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';

const { first_load_bytes: first, chunks } = JSON.parse(fs.readFileSync(new URL('../dist.json', import.meta.url), 'utf8'));
const KiB = 1024;

test('the first load is under 150 KiB', () => { assert.ok(first < 150 * KiB, `${(first / KiB).toFixed(1)} KiB`); });

const isPlayer = ({ of }) => of.length === 1 && of[0] === 'live/player.ts';
test('no page and no part that comes later is over 60 KiB, but the player of live classes', () => {
  for (const [name, chunk] of Object.entries(chunks)) assert.ok(chunk.first || isPlayer(chunk) || chunk.bytes < 60 * KiB, `${name}: ${(chunk.bytes / KiB).toFixed(1)} KiB`);
});

test('the player is a part of its own, under 160 KiB', () => {
  const players = Object.values(chunks).filter(isPlayer);
  assert.equal(players.length, 1);
  assert.ok(!players[0].first && players[0].bytes < 160 * KiB, `${(players[0].bytes / KiB).toFixed(1)} KiB`);
});

test('nobody carries the pages of other roles before opening one', () => {
  for (const [name, { first: early, of }] of Object.entries(chunks)) {
    const pages = of.filter((source) => !source.endsWith('routes.ts'));
    assert.ok(!early || pages.length === 0, `${name} brings ${pages.join(', ')} at once`);
  }
});
