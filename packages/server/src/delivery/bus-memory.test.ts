import { describeBusContract } from './bus.contract.ts'
import { MemoryBus } from './bus-memory.ts'

describeBusContract('memory', async () => {
  const bus = new MemoryBus()
  return { buses: [bus], close: () => bus.close() }
})
