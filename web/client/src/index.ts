export { ApiError, type ProblemBody, type SecondFactor, type Waiting } from './problem.js';
export { pauseBefore, RetryBudget, retryAfter } from './pauses.js';
export { ServerClock } from './server_clock.js';
export { Transport, type Answer, type Request, type TransportOptions } from './http.js';
export { Session, type SessionInfo, type SessionState, type SharedStore, type SignInOptions } from './session.js';
export { Outbox, type Entry, type EntryState, type EntryStore, type OutboxOptions, type Work } from './outbox.js';
export { receiptVerifier, verifyReceipt, type Step } from './receipt.js';
export { entryStore, lockOf, sharedSession } from './browser.js';
