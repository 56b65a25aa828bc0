/** Connections to PostgreSQL: numbers come as numbers, and one that breaks is nobody's business but of who asks on it. */
import { Pool, type PoolConfig, types } from 'pg'

export function createPool({ connectionString = '', ...config }: PoolConfig): Pool {
  const pool = new Pool({
    ...config,
    connectionString: withPlainSslMode(connectionString),
    types: {
      getTypeParser: (oid, format) => (oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)),
    },
  })
  // A connection that breaks fails whatever is asked on it, and the pool makes another one: nobody else need hear of it.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/**
 * The same address, with the name of what `pg` does for `prefer`, `require` and `verify-ca`: it checks the certificate. It
 * warns of these names at length, because a later version will check less for them.
 */
export function withPlainSslMode(address: string): string {
  if (/[?&]uselibpqcompat=true(&|$)/.test(address)) return address
  return address.replace(/([?&]sslmode=)(prefer|require|verify-ca)(?=&|$)/, '$1verify-full')
}
