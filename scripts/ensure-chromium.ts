/** Makes sure that the browser tests have a Chromium, or says in one line what to install. */
import { canInstallPackages, installPackage } from './apt.ts'
import { findChromium } from './chromium.ts'

const hint = 'Install Chromium or Chrome, or set CHROMIUM_PATH to its executable, then run this again.'

const found = findChromium() ?? install()
if (found) console.log(`Chromium: ${found}`)
else process.exitCode = 1

function install(): string | undefined {
  if (process.env.CHROMIUM_PATH) {
    console.error(`CHROMIUM_PATH=${process.env.CHROMIUM_PATH} doesn't exist. ${hint}`)
    return undefined
  }
  if (!canInstallPackages()) {
    console.error(`No Chromium found. ${hint}`)
    return undefined
  }
  console.log('No Chromium found: installing it with `apt-get update` and `apt-get install chromium`.')
  if (installPackage('chromium')) return findChromium()
  console.error(`apt-get could not install chromium. ${hint}`)
  return undefined
}
