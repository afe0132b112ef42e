import { describe, expect, it } from 'vitest'
import { timeReader } from './local-time.ts'

const iso = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString())

describe('local time', () => {
  it('[IM1] takes an offset as it stands', () => {
    const read = timeReader('iso', 'America/New_York')
    expect(iso(read('2015-12-05T00:00:00+08:00'))).toBe('2015-12-04T16:00:00.000Z')
    expect(iso(read('2015-12-05 00:00:00.250-0330'))).toBe('2015-12-05T03:30:00.250Z')
    expect(iso(read('2015-12-05T00:00Z'))).toBe('2015-12-05T00:00:00.000Z')
    expect(iso(read('2015-12-05'))).toBe('2015-12-05T05:00:00.000Z')
  })

  it('[IM2] reads local time on both sides of summer time', () => {
    const read = timeReader(['MM/dd/yyyy hh:mm:ss a', 'iso'], 'America/New_York')
    expect(iso(read('05/01/2022 12:00:03 AM'))).toBe('2022-05-01T04:00:03.000Z')
    expect(iso(read('12/01/2022 12:00:03 PM'))).toBe('2022-12-01T17:00:03.000Z')
    expect(iso(read('2012-11-20T07:50:59.000'))).toBe('2012-11-20T12:50:59.000Z')
    const melbourne = timeReader('dd/MM/yyyy HH:mm', 'Australia/Melbourne')
    expect(iso(melbourne('01/03/2017 0:00'))).toBe('2017-02-28T13:00:00.000Z')
    expect(iso(melbourne('01/06/2017 0:00'))).toBe('2017-05-31T14:00:00.000Z')
  })

  it('[IM2] takes a repeated hour first and skips none', () => {
    const read = timeReader('iso', 'America/New_York')
    // Clocks go from 02:00 EDT back to 01:00 EST, and in spring from 02:00 EST to 03:00 EDT.
    expect(iso(read('2012-11-04T01:30:00'))).toBe('2012-11-04T05:30:00.000Z')
    expect(iso(read('2012-11-04T00:59:59'))).toBe('2012-11-04T04:59:59.000Z')
    expect(iso(read('2012-11-04T02:00:00'))).toBe('2012-11-04T07:00:00.000Z')
    expect(iso(read('2012-03-11T01:59:59'))).toBe('2012-03-11T06:59:59.000Z')
    expect(iso(read('2012-03-11T02:30:00'))).toBe('2012-03-11T07:30:00.000Z')
    expect(iso(read('2012-03-11T03:00:00'))).toBe('2012-03-11T07:00:00.000Z')
  })

  it('[IM3] refuses days and hours that are not', () => {
    const read = timeReader(['iso', 'MM/dd/yyyy hh:mm:ss a', 'epoch'], 'UTC')
    for (const text of [
      '2015-02-29',
      '2015-13-01',
      '2015-12-05T24:00:00',
      '02/30/2022 01:00:00 AM',
      '',
      'NaN',
      'today',
    ])
      expect([text, read(text)]).toEqual([text, undefined])
    expect(read('13/01/2022 01:00:00 AM')).toBeUndefined()
    expect(read('05/01/2022 00:00:00 AM')).toBeUndefined()
    expect(iso(read('1420070400'))).toBe('2015-01-01T00:00:00.000Z')
    expect(iso(timeReader('epoch-ms', 'UTC')('1420070400123'))).toBe('2015-01-01T00:00:00.123Z')
  })
})
