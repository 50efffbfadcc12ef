// A real SMTP server that keeps nothing: it prints its port, then every mail it takes as a line of JSON. What it does to a
// mail follows from the recipient's name, so that a test says what shall happen by whom it writes to.
//   unknown: 550 to the recipient    busy: 451 to the recipient    spam: 554 to the content
//   hangup:  takes the content, once, and hangs up without a word  anyone else: accepted
// Arguments: --tls (STARTTLS required, own certificate), --auth USER:PASSWORD, --refuse-sender.
import { createInterface } from 'node:readline';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

const argument = (name) => {
    const at = process.argv.indexOf(name);
    return at < 0 ? null : (process.argv[at + 1] ?? '');
};
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const reply = (code, text) => Object.assign(new Error(text), { responseCode: code });
const local = (session) => session.envelope.rcptTo[0].address.split('@')[0];
const tls = process.argv.includes('--tls');
const account = argument('--auth');
let hungUp = 0;

const server = new SMTPServer({
    logger: false,
    disabledCommands: [...(tls ? [] : ['STARTTLS']), ...(account ? [] : ['AUTH'])],
    authOptional: !account,
    allowInsecureAuth: true,
    size: 1_000_000,
    onAuth(given, _session, done) {
        const good = `${given.username}:${given.password}` === account;
        done(good ? null : reply(535, '5.7.8 Wrong user or password'), good ? { user: given.username } : undefined);
    },
    onMailFrom(_address, session, done) {
        if (tls && !session.secure) return done(reply(530, '5.7.0 Must issue STARTTLS first'));
        done(process.argv.includes('--refuse-sender') ? reply(550, '5.7.1 Not from you') : null);
    },
    onRcptTo(address, _session, done) {
        const name = address.address.split('@')[0];
        if (name === 'unknown') return done(reply(550, '5.1.1 No such user here'));
        if (name === 'busy') return done(reply(451, '4.3.0 Try again later'));
        done();
    },
    onData(stream, session, done) {
        simpleParser(stream).then((mail) => {
            if (local(session) === 'hangup' && hungUp++ === 0) {
                say({ hung_up: true });
                for (const connection of server.connections) connection._socket.destroy();
                return;
            }
            if (local(session) === 'spam') return done(reply(554, '5.7.1 Looks like spam'));
            say({
                from: mail.from.value[0], to: session.envelope.rcptTo.map((r) => r.address), subject: mail.subject,
                text: mail.text, message_id: mail.messageId, secure: Boolean(session.secure), user: session.user ?? null,
                headers: mail.headerLines.map((line) => line.key),
            });
            done();
        }, done);
    },
});
server.on('error', () => {}); // a client that goes away
server.listen(0, '127.0.0.1', () => say({ port: server.server.address().port }));
createInterface({ input: process.stdin }).on('close', () => process.exit(0)); // with whoever started us
