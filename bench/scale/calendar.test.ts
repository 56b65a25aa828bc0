import { expect, it } from 'vitest'
import { Calendar } from './calendar.ts'

it('the calendar meets everybody in the order of their times, also who makes a new appointment', () => {
  const calendar = new Calendar(4, 100)
  const met: string[] = []
  calendar.add(0, 50)
  calendar.add(1, 10)
  calendar.add(2, 99)
  calendar.add(3, 100)
  calendar.run((who, at) => {
    met.push(`${who} at ${at}`)
    if (who === 1 && met.length < 3) calendar.add(1, met.length === 1 ? 10 : 60)
  })
  expect(met).toEqual(['1 at 10', '1 at 10', '0 at 50', '1 at 60', '2 at 99'])
})
