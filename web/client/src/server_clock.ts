// The server's clock, as far as its answers tell: `Date` says the second in which an answer was made, so each answer bounds how far the two
// clocks are apart, and many together bound it well. Deadlines are the server's; a device whose clock is wrong must not make anybody late.

interface Bounds { least: number; most: number } // of server minus device, in ms

export class ServerClock {
  #bounds: Bounds | undefined;
  constructor(private readonly device: () => number = Date.now) {}

  /** Of one answer: when it was asked for and came, by the device; its `Date`. */
  learn(sent: number, received: number, date: string | null): void {
    const second = date === null ? NaN : Date.parse(date);
    if (Number.isNaN(second) || received < sent) return;
    const own = { least: second - received, most: second + 1000 - sent };
    const both = this.#bounds && { least: Math.max(this.#bounds.least, own.least), most: Math.min(this.#bounds.most, own.most) };
    this.#bounds = both && both.least <= both.most ? both : own; // they do not agree: a clock was set meanwhile
  }

  /** Milliseconds to add to the device's clock; 0 until something is known. */
  get offset(): number { return this.#bounds ? (this.#bounds.least + this.#bounds.most) / 2 : 0; }
  /** How wrong `offset` may be; undefined: nothing is known. */
  get error(): number | undefined { return this.#bounds && (this.#bounds.most - this.#bounds.least) / 2; }
  now(): number { return this.device() + this.offset; }
}
