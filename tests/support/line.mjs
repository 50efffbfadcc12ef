// A line between client and server that can be bad: cuts after so many bytes sent, and carries no more than so many a second.
import net from 'node:net';

/** `line.cuts`: of the next connections that send so much, one after the other; `line.cutAll()`: all of now; `line.rate`: bytes a second, 0 for no limit;
 * `line.down`: nobody gets through; `line.onCut(n)`; `line.lose`: the answer to the next request whose first line fits is lost, once. */
export async function startLine(port) {
  const line = { cuts: [], rate: 0, down: false, cut: 0, sent: 0, open: new Set() };
  const server = net.createServer((client) => {
    if (line.down) return void client.destroy();
    const upstream = net.connect(port, '127.0.0.1');
    let sent = 0, asked = '';
    const end = () => { client.destroy(); upstream.destroy(); line.open.delete(end); };
    line.open.add(end);
    client.on('data', async (bytes) => {
      sent += bytes.length;
      asked = /^[A-Z]{3,7} \/\S* HTTP/.exec(bytes.toString('latin1', 0, 200))?.[0] ?? asked;
      line.sent += bytes.length;
      const limit = line.cuts[0];
      if (limit !== undefined && sent > limit) {
        line.cuts.shift();
        line.cut += 1;
        line.onCut?.(line.cut);
        upstream.write(bytes.subarray(0, Math.max(0, bytes.length - (sent - limit))), end);
        return;
      }
      client.pause();
      const pieces = line.rate ? Math.max(1, Math.ceil(bytes.length / (line.rate / 10))) : 1;
      const size = Math.ceil(bytes.length / pieces);
      for (let at = 0; at < bytes.length && !upstream.destroyed; at += size) {
        if (line.rate) await new Promise((done) => { setTimeout(done, 100); });
        if (!upstream.write(bytes.subarray(at, at + size))) await new Promise((done) => { upstream.once('drain', done).once('close', done); });
      }
      client.resume();
    });
    upstream.on('data', (bytes) => {
      if (!line.lose?.test(asked)) return client.write(bytes);
      line.lose = undefined;
      return end();
    });
    for (const [one, other] of [[client, upstream], [upstream, client]]) {
      one.on('end', () => other.end());
      one.on('error', end);
      one.on('close', () => { other.destroy(); line.open.delete(end); });
    }
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  line.port = server.address().port;
  line.cutAll = () => { for (const end of line.open) end(); };
  line.stop = () => { line.cutAll(); server.close(); };
  return line;
}
