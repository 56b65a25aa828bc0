/** Connections to PostgreSQL: numbers come as numbers, and one that breaks is nobody's business but of who asks on it. */
import { Pool, type PoolConfig, types } from 'pg'

export function createPool(config: PoolConfig): Pool {
  const pool = new Pool({
    ...config,
    types: {
      getTypeParser: (oid, format) => (oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)),
    },
  })
  // A connection that breaks fails whatever is asked on it, and the pool makes another one: nobody else need hear of it.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}
