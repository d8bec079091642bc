// What waits to be appended to a Media Source, in order and bounded.
//
// Guards: more than `bytesMax` is never kept: media parts are all dropped when one does not fit, init parts stay.

export class Waiting {
  #bytesMax;
  /** What waits, oldest first; the `codec` of a media part is null. */
  entries = [];

  constructor(bytesMax) {
    this.#bytesMax = bytesMax;
  }

  /** One more. False: that was too much, and no media part waits any more. */
  add(entry) {
    const bytes = this.entries.reduce((sum, { octets }) => sum + octets.length, entry.octets.length);
    const fits = bytes <= this.#bytesMax;
    if (!fits) this.entries = this.entries.filter(({ codec }) => codec !== null);
    if (fits || entry.codec !== null) this.entries.push(entry);
    return fits;
  }
}

/** Are these the same bytes? */
export function same(one, other) {
  return one.length === other.length && one.every((octet, at) => octet === other[at]);
}
