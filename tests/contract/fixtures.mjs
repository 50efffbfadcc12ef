// What the document cannot tell: who calls, at which host, and the few operations whose example alone does not do.

export const institution = 'north-hill', elsewhere = 'river-valley', nowhere = 'no-such-school';
const password = 'bell-at-nine';

/** Tried in this order: the first who is answered 2xx is an operation's caller. */
export const people = ['ada', 'grace', 'admin'].map((username) => ({ username, password }));

/** The operator's token, where an operation asks for one. */
export async function operatorToken(server) {
  throw new Error(`say here how an operator token is made (data directory ${server.data})`);
}

/** Operations that cannot be answered 2xx by example and links, each with its reason. */
export const neverWell = {};
