// A mail server that a test reads (tests/mail/smtp_sink.mjs). Nothing here knows what is checked.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from './server.mjs';

const directory = fileURLToPath(new URL('../mail', import.meta.url));

/** What lacks for it to be started; undefined: nothing. */
export const lacksMail = () => (fs.existsSync(`${directory}/node_modules/smtp-server`) ? undefined : 'no packages (cd tests/mail && npm ci)');

/** `options`: how the program is told to send there; `mails`: what came, oldest first. */
export async function startMail() {
  const child = spawn(process.execPath, [`${directory}/smtp_sink.mjs`], { stdio: ['pipe', 'pipe', 'inherit'] });
  const mails = [];
  let port;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line);
    if (said.port) port = said.port; else mails.push(said);
  });
  await eventually('the mail server listens', () => port);
  return {
    mails,
    options: ['--smtp', `smtp://127.0.0.1:${port}`, '--smtp-in-the-clear', '--mail-from', 'bellwether@school.example'],
    /** The next one to this address that has a link, after `after` of them. */
    async link(to, after = 0) {
      const found = () => mails.filter((mail) => mail.to.includes(to)).map(({ text }) => /https?:\/\/\S+#\S+/.exec(text)?.[0]).filter(Boolean);
      return eventually(`a mail with a link to ${to}`, () => found()[after], 20_000);
    },
    stop() { child.stdin.end(); },
  };
}
