/** Installs a PgBouncer where that can be done; elsewhere its test is skipped, and one line says so. */
import { canInstallPackages, installPackage } from './apt.ts'
import { findPgBouncer } from './pgbouncer.ts'

if (!findPgBouncer() && canInstallPackages()) {
  console.log('No pgbouncer found: installing it with `apt-get update` and `apt-get install pgbouncer`.')
  installPackage('pgbouncer')
}
console.log(`PgBouncer: ${findPgBouncer() ?? 'not found; install pgbouncer to run the test behind a pooler'}`)
