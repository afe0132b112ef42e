import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calendarOf, refusal, rosterOf, shiftLines } from '../testdata/duty-room.ts'

const PLACE = 'LOCATION:32'
const DAY = ['DTSTART:20260105T080000', 'DTEND:20260105T200000', PLACE]
const NIGHT = ['DTSTART:20260105T200000', 'DTEND:20260106T080000', PLACE]
const DAILY = 'RRULE:FREQ=DAILY'

describe('a roster in iCalendar', () => {
  it('[RO11] takes people from SUMMARY in their order, the area from LOCATION', () => {
    const roster = rosterOf(
      calendarOf(['SUMMARY:wang\\, li', ...DAY], ['SUMMARY:sun', ...DAY.slice(0, 2), 'LOCATION:3201']),
    )
    expect(roster.areas).toEqual([0, 1])
    // Floating times are the city's: Shanghai is 8 h ahead.
    expect(shiftLines(roster, '2026-01-05T00:00Z', '2026-01-06T00:00Z')).toEqual([
      'wang 01-05T00:00 - 01-05T12:00',
      'li 01-05T00:00 - 01-05T12:00',
    ])
    expect(shiftLines(roster, '2026-01-05T00:00Z', '2026-01-06T00:00Z', 1)).toEqual([
      'sun 01-05T00:00 - 01-05T12:00',
    ])
  })

  it('[RO11] reads folded lines, either line end and whatever else a calendar holds', () => {
    const text = calendarOf([
      'SUMMARY:w\r\n ang',
      'X-SOMETHING;A="b:c":d',
      ...DAY,
      'BEGIN:VALARM',
      'END:VALARM',
    ])
    for (const form of [text, text.replaceAll('\r\n', '\n'), `\uFEFF${text}`])
      expect(shiftLines(rosterOf(form, 'UTC'), '2026-01-05T00:00Z', '2026-01-06T00:00Z')).toEqual([
        'wang 01-05T08:00 - 01-05T20:00',
      ])
  })

  it('[RO12] repeats by RRULE, without EXDATE and with RDATE', () => {
    const roster = rosterOf(
      calendarOf([
        'SUMMARY:li',
        ...DAY,
        DAILY,
        'EXDATE:20260106T080000,20260107T080000',
        'EXDATE;VALUE=DATE:20260109',
        'RDATE:20260106T140000',
        'RDATE;VALUE=PERIOD:20260107T220000/PT1H',
      ]),
      'UTC',
    )
    expect(shiftLines(roster, '2026-01-05T00:00Z', '2026-01-10T00:00Z')).toEqual([
      'li 01-05T08:00 - 01-05T20:00',
      'li 01-06T14:00 - 01-07T02:00',
      'li 01-07T22:00 - 01-07T23:00',
      'li 01-08T08:00 - 01-08T20:00',
    ])
  })

  it('[RO12] moves and gives away one of a series by RECURRENCE-ID', () => {
    const roster = rosterOf(
      calendarOf(
        ['UID:a', 'SUMMARY:li', ...DAY, DAILY],
        [
          'UID:a',
          'RECURRENCE-ID:20260106T080000',
          'SUMMARY:sun',
          'DTSTART:20260106T100000',
          'DURATION:PT2H',
          PLACE,
        ],
        ['UID:a', 'RECURRENCE-ID:20260107T080000', 'STATUS:CANCELLED', 'DTSTART:20260107T080000'],
        ['UID:b', 'SUMMARY:wang', ...NIGHT, 'STATUS:CANCELLED'],
      ),
      'UTC',
    )
    expect(shiftLines(roster, '2026-01-05T00:00Z', '2026-01-09T00:00Z')).toEqual([
      'li 01-05T08:00 - 01-05T20:00',
      'li 01-08T08:00 - 01-08T20:00',
      'sun 01-06T10:00 - 01-06T12:00',
    ])
  })

  it('[RO13] knows UTC, IANA zones with or without prefix, and days as the city has them', () => {
    const shift = (start: string, end: string, zone = 'Asia/Shanghai') =>
      shiftLines(
        rosterOf(calendarOf(['SUMMARY:li', start, end, PLACE]), zone),
        '2026-07-01T00:00Z',
        '2026-07-03T00:00Z',
      )
    expect(shift('DTSTART:20260701T080000Z', 'DTEND:20260701T090000Z')).toEqual([
      'li 07-01T08:00 - 07-01T09:00',
    ])
    expect(
      shift('DTSTART;TZID=America/New_York:20260701T080000', 'DTEND;TZID=Europe/London:20260701T140000'),
    ).toEqual(['li 07-01T12:00 - 07-01T13:00'])
    expect(
      shift(
        'DTSTART;TZID="/freeassociation.sourceforge.net/Tzfile/Europe/London":20260701T080000',
        'DURATION:PT1H',
      ),
    ).toEqual(['li 07-01T07:00 - 07-01T08:00'])
    expect(shift('DTSTART;VALUE=DATE:20260702', 'DTEND;VALUE=DATE:20260703', 'America/New_York')).toEqual([
      'li 07-02T04:00 - 07-03T04:00',
    ])
    expect(shift('DTSTART;VALUE=DATE:20260702', 'X-NONE:1', 'UTC')).toEqual(['li 07-02T00:00 - 07-03T00:00'])
  })

  it('[RO13] goes by a VTIMEZONE where the zone has a name of its own', () => {
    const zone = [
      'BEGIN:VTIMEZONE',
      'TZID:Eastern Standard Time',
      'BEGIN:STANDARD',
      'DTSTART:16010101T020000',
      'TZOFFSETFROM:-0400',
      'TZOFFSETTO:-0500',
      'RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11',
      'END:STANDARD',
      'BEGIN:DAYLIGHT',
      'DTSTART:16010101T020000',
      'TZOFFSETFROM:-0500',
      'TZOFFSETTO:-0400',
      'RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3',
      'END:DAYLIGHT',
      'END:VTIMEZONE',
    ].join('\r\n')
    const event = (tzid: string) =>
      calendarOf([
        'SUMMARY:li',
        `DTSTART;TZID=${tzid}:20260101T200000`,
        `DTEND;TZID=${tzid}:20260102T080000`,
        PLACE,
        DAILY,
      ]).replace('BEGIN:VEVENT', `${zone}\r\nBEGIN:VEVENT`)
    const own = rosterOf(event('Eastern Standard Time'))
    const named = rosterOf(event('America/New_York'))
    expect(shiftLines(own, '2026-03-08T00:00Z', '2026-03-09T00:00Z')).toEqual([
      'li 03-08T01:00 - 03-08T12:00',
    ])
    for (const [from, to] of [
      ['2026-03-01T00:00Z', '2026-03-20T00:00Z'],
      ['2026-10-25T00:00Z', '2026-11-10T00:00Z'],
    ] as const)
      expect(shiftLines(own, from, to)).toEqual(shiftLines(named, from, to))
  })

  it('[RO14] hands over by the wall clock on nights when clocks change', () => {
    const roster = rosterOf(
      calendarOf(
        ['SUMMARY:li', ...DAY, DAILY],
        ['SUMMARY:wang', 'DTSTART:20260105T200000', 'DURATION:PT12H', PLACE, DAILY],
      ),
      'America/New_York',
    )
    const nights = (from: string, to: string) =>
      roster
        .shifts(0, Date.parse(from), Date.parse(to))
        .filter(({ person }) => person === 'wang')
        .map((shift) => (shift.to - shift.from) / 3_600_000)
    expect(nights('2026-03-07T12:00Z', '2026-03-09T20:00Z')).toEqual([12, 11, 12])
    expect(nights('2026-10-31T10:00Z', '2026-11-02T20:00Z')).toEqual([12, 13, 12])
    const all = roster.shifts(0, Date.parse('2026-01-10T00:00Z'), Date.parse('2026-12-20T00:00Z'))
    const inTime = all.toSorted((a, b) => a.from - b.from)
    for (const [i, shift] of inTime.entries()) expect(inTime[i + 1]?.from ?? shift.to).toBe(shift.to)
  })

  it.each([
    ['line 1: BEGIN:VCALENDAR without its END', 'RO-text', 'BEGIN:VCALENDAR'],
    ['line 2: "hello" is no content line', 'RO-text', 'BEGIN:VCALENDAR\nhello\nEND:VCALENDAR'],
    ['line 2: BEGIN:VEVENT without its END', 'RO-text', 'BEGIN:VCALENDAR\nBEGIN:VEVENT\n'],
    ['line 3: END:VTODO for the BEGIN of line 2', 'RO-text', 'BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VTODO\n'],
    [
      'line 7: LOCATION is 99, expected an area code of grid 32',
      'RO-field',
      calendarOf(['SUMMARY:li', ...DAY.slice(0, 2), 'LOCATION:99']),
    ],
    [
      'line 3: LOCATION is , expected an area code',
      'RO-field',
      calendarOf(['SUMMARY:li', ...DAY.slice(0, 2)]),
    ],
    [
      'line 4: SUMMARY is lee, expected one of people, perhaps li',
      'RO-field',
      calendarOf(['SUMMARY:lee', ...DAY]),
    ],
    [
      'line 4: SUMMARY is gast, expected somebody who may act',
      'RO-field',
      calendarOf(['SUMMARY:gast', ...DAY]),
    ],
    ['line 3: DTSTART is missing, expected a date or time', 'RO-field', calendarOf(['SUMMARY:li', PLACE])],
    [
      'line 5: DTSTART is 20260231T080000, expected a date of the calendar',
      'RO-field',
      calendarOf(['SUMMARY:li', 'DTSTART:20260231T080000', 'DURATION:PT1H', PLACE]),
    ],
    [
      'line 5: TZID is Mars/Base, expected an IANA zone',
      'RO-field',
      calendarOf(['SUMMARY:li', 'DTSTART;TZID=Mars/Base:20260201T080000', 'DURATION:PT1H', PLACE]),
    ],
    [
      'line 3: length is 0 min, expected DTEND or DURATION',
      'RO-field',
      calendarOf(['SUMMARY:li', 'DTSTART:20260201T080000', PLACE]),
    ],
    [
      'line 6: length is -60 min',
      'RO-field',
      calendarOf(['SUMMARY:li', 'DTSTART:20260201T080000', 'DTEND:20260201T070000', PLACE]),
    ],
    [
      'line 8: RRULE is FREQ=HOURLY, expected FREQ=DAILY',
      'RO-field',
      calendarOf(['SUMMARY:li', ...DAY, 'RRULE:FREQ=HOURLY']),
    ],
    [
      'line 8: invalid frequency "SOMETIMES"',
      'RO-text',
      calendarOf(['SUMMARY:li', ...DAY, 'RRULE:FREQ=SOMETIMES']),
    ],
    ['line 5: invalid date-time value', 'RO-text', calendarOf(['SUMMARY:li', 'DTSTART:tomorrow', PLACE])],
    [
      'line 8: RANGE is THISANDFUTURE, expected no RANGE: end the series',
      'RO-field',
      calendarOf(['SUMMARY:li', ...DAY, 'RECURRENCE-ID;RANGE=THISANDFUTURE:20260106T080000']),
    ],
  ])('[RO15] refuses the whole: %s', (sentence, code, text) => {
    expect(refusal(text)).toContain(`${code} street, ${sentence}`)
  })

  it('[RO15] refuses a series of shifts that overlap themselves for months', () => {
    const month = ['SUMMARY:li', 'DTSTART:20260105T080000', 'DURATION:P32D', PLACE]
    expect(refusal(calendarOf(month))).toBe('')
    expect(refusal(calendarOf([...month, DAILY]))).toContain(
      'length is 46080 min, expected DTEND or DURATION up to 31',
    )
  })

  it('[RO15] reads any text or refuses it in words', () => {
    const sound = calendarOf([
      'UID:a',
      'SUMMARY:li',
      ...DAY,
      'RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=5',
      'EXDATE:20260130T080000',
    ])
    const piece = fc.constantFrom(
      ...sound.split(/(?<=[\r\n:;=,])/),
      '0',
      '-',
      '"',
      ';',
      '=',
      'COUNT=99',
      '99991231T235959Z',
      '\r\n ',
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(sound.length), fc.nat(4), piece), { maxLength: 4 }), (edits) => {
        let text = sound
        for (const [at, length, instead] of edits)
          text = text.slice(0, at) + instead + text.slice(at + length)
        const sentence = refusal(text)
        expect(sentence).toMatch(/^(|RO-(text|field|size) street.*)$/s)
        if (sentence === '') shiftLines(rosterOf(text), '2026-01-01T00:00Z', '2026-03-01T00:00Z')
      }),
      { numRuns: 2000 },
    )
  })

  it('[RO15] refuses more events than it can keep, and rules that nobody can count', () => {
    const dates = Array.from({ length: 5000 }, () => 'RDATE:20260201T080000')
    expect(refusal(calendarOf(['SUMMARY:li', ...DAY, ...dates]))).toBe(
      'RO-size street has 5001 events, at most 5000 are taken',
    )
    const all = Array.from({ length: 300 }, () => [
      'SUMMARY:li wang chen sun zhao',
      ...DAY,
      ...dates.slice(0, 3),
    ])
    expect(refusal(calendarOf(...all))).toBe('RO-size street has 6000 events, at most 5000 are taken')
    const never = 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3'
    expect(refusal(calendarOf(['SUMMARY:li', ...DAY, never]))).toContain(
      'line 8: RRULE is COUNT=3, expected UNTIL instead',
    )
  })
})
