import { describe, expect, it } from 'vitest'
import { calendarOf, DutyRoom, worldIn } from '../testdata/duty-room.ts'
import { PEOPLE } from '../testdata/people.ts'
import { QingyuError } from './errors.ts'
import { directoryOf } from './roster-intake.ts'
import { forLog } from './roster-log.ts'

const DAY = ['DTSTART:20260105T080000', 'DTEND:20260105T200000']
const MAIL: Readonly<Record<string, string>> = { li: 'Li.Wei@city.example' }
const people = Object.fromEntries(
  [...PEOPLE].map(([id, { name }]) => [id, { name, reach: { mail: MAIL[id] ?? '' } }]),
)
const directory = directoryOf({
  ...people,
  wang: { name: { zh: '王建国', en: 'Wang Jianguo' }, reach: { mail: '' } },
  sun: { name: { zh: '孙', en: 'Twin' }, reach: { mail: '' } },
  zhao: { name: { zh: '赵', en: 'Twin' }, reach: { mail: '' } },
})
const logged = (event: readonly string[], area = '32') =>
  forLog(calendarOf(event), worldIn(), directory, area).text
const namesOf = (event: readonly string[]) => /^SUMMARY:(.*)$/m.exec(logged([...event, ...DAY]))?.[1]

function refused(event: readonly string[], area = ''): string {
  try {
    return logged(event, area)
  } catch (error) {
    return error instanceof QingyuError ? `${error.code} ${error.message}` : String(error)
  }
}

describe('a roster on its way into the log', () => {
  it.each([
    ['li', ['SUMMARY:li']],
    ['wang li', ['SUMMARY:王建国、li']],
    ['wang', ['SUMMARY:Night watch: Wang Jianguo']],
    ['wang', ['SUMMARY:夜班：王建国']],
    [
      'li wang',
      [
        'SUMMARY:Duty',
        'ATTENDEE:mailto:li.wei@city.example',
        'ATTENDEE;CN="wang jianguo":mailto:w@x.example',
      ],
    ],
    [
      'wang',
      [
        'SUMMARY:Duty',
        'ATTENDEE;PARTSTAT=DECLINED:mailto:li.wei@city.example',
        'ATTENDEE;CN=王建国:mailto:w@x.example',
        'ATTENDEE;CUTYPE=ROOM;CN=Room 3:mailto:room@x.example',
      ],
    ],
  ])('[RO25] finds %s by id, name or address', (ids, event) => {
    expect(namesOf(event)).toBe(ids)
  })

  it('[RO26] leaves out what a shift does not need, above all what names people', () => {
    const text = logged([
      'UID:li.wei@city.example-7',
      'DTSTAMP:20260101T000000Z',
      'ORGANIZER;CN=Boss:mailto:boss@city.example',
      'ATTENDEE;CN=Li Wei:mailto:li.wei@city.example',
      'SUMMARY:Duty of Li Wei\\, 13800138000',
      'DESCRIPTION:call Li Wei at home',
      'LOCATION:Room 3',
      ...DAY,
      'RRULE:FREQ=DAILY',
    ])
    expect(text.split('\n')).toEqual([
      'BEGIN:VCALENDAR',
      'BEGIN:VEVENT',
      'UID:e1',
      'DTSTART:20260105T080000',
      'DTEND:20260105T200000',
      'RRULE:FREQ=DAILY',
      'SUMMARY:li',
      'LOCATION:32',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ])
  })

  it('[RO26] leaves the comments of a YAML roster out', () => {
    const text = "# call Li at 13800138000\nareas:\n  '32': {} # empty\n"
    expect(forLog(text, worldIn(), directory, '')).toMatchObject({
      format: 'yaml',
      text: 'areas:\n  "32": {}\n',
    })
  })

  it('[RO26] gives the log a text that reads as its author meant it', () => {
    const yaml = "areas: { '32': { shifts: [{ from: '08:00', to: '20:00', people: [li] }] } } # day"
    const calendar = calendarOf(
      ['UID:a@b', 'SUMMARY:王建国', 'RRULE:FREQ=DAILY', 'DTSTART:20260105T200000', 'DURATION:PT12H'],
      ['UID:a@b', 'RECURRENCE-ID:20260106T200000', 'STATUS:CANCELLED', 'DTSTART:20260106T200000'],
    )
    const room = new DutyRoom()
    for (const [name, text] of Object.entries({ yaml, calendar }))
      expect(room.read(forLog(text, worldIn(), directory, '32').text, name)).toBe('')
    // Shanghai is 8 h ahead.
    const at = ['2026-01-05T01:00Z', '2026-01-05T13:00Z', '2026-01-06T13:00Z', '2026-01-07T13:00Z']
    expect(at.map((time) => room.who(time))).toEqual(['li', 'wang', '', 'wang'])
  })

  it.each([
    ['line 4: SUMMARY is Zhang San, expected the id or name', ['SUMMARY:Zhang San', 'LOCATION:32', ...DAY]],
    [
      'line 4: SUMMARY is twin, expected an id: several people are called so',
      ['SUMMARY:twin', 'LOCATION:32', ...DAY],
    ],
    [
      'line 5: ATTENDEE is not known, expected the name or reach.mail',
      ['SUMMARY:li', 'ATTENDEE:mailto:zhang@x.example', 'LOCATION:32', ...DAY],
    ],
    ['line 4: SUMMARY is gast, expected somebody who may act', ['SUMMARY:gast', 'LOCATION:32', ...DAY]],
    ['line 3: SUMMARY is nobody, expected somebody', ['LOCATION:32', ...DAY]],
    [
      'line 5: LOCATION is Room 3, expected an area code of grid 32, or rosters.street.area',
      ['SUMMARY:li', 'LOCATION:Room 3', ...DAY],
    ],
    [
      'line 10: RRULE is FREQ=HOURLY',
      ['SUMMARY:li', 'LOCATION:32', 'DESCRIPTION:so that lines', '  differ', ...DAY, 'RRULE:FREQ=HOURLY'],
    ],
  ])('[RO27] names the line of the author: %s', (sentence, event) => {
    expect(refused(event)).toContain(`RO-field street, ${sentence}`)
  })
})
