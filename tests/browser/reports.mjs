// The report process of a test's server, which `up` starts with it (startServer's `reports`): until it has heard of what is so now, and away for a while.
import fs from 'node:fs';
import { eventually } from './bellwether.mjs';

export function reportsOf({ server }) {
  const is = (pid) => { try { const said = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8'); return said.includes(server.data) && /--roles[=\0]report\0/.test(said); } catch { return false; } };
  const kill = () => { const found = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name) && is(name)); for (const pid of found) process.kill(Number(pid), 'SIGKILL'); return found.length; };
  return {
    /** Until reports of the class tell of what is so now. Each time of other days: the same answer is given for ten seconds while no row changes. */
    async heard(teacher, section) {
      const now = Date.now();
      let days = 0;
      await eventually('reports have heard of it', async () => {
        const from = new Date(now - (days++ % 300) * 86_400_000).toISOString().slice(0, 10);
        const answer = await server.request('north-hill', 'GET', `/v1/reports/engagement_by_day?section=${section}&from=${from}`, { headers: teacher.own });
        return answer.status === 200 && Date.parse(answer.json().as_of) > now;
      }, 60_000);
    },
    /** While `deed` goes on it is killed as often as it comes back. */
    async away(deed) {
      await eventually('it is there to be killed', kill);
      const timer = setInterval(kill, 200);
      try { await deed(); } finally { clearInterval(timer); }
    },
  };
}
