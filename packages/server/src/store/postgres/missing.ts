/** Missing is thrown where an operation asks for a row that hasn't been read: whoever runs it reads that, and runs it again. */

/**
 * Operations are synchronous functions of rows, and this database answers later. What an operation will ask for is mostly
 * known before, and read with it; the rest is found out by running it.
 */
export class Missing<Need> extends Error {
  readonly need: Need

  constructor(need: Need) {
    super('a row was asked for that has not been read')
    this.need = need
  }
}
