import { describe, expect, it } from 'vitest'
import { alertOf } from '../testdata/sample-alert.ts'
import { toldPlan, toldPolicy } from '../testdata/told-city.ts'
import type { Actor } from './person.ts'
import { MOST_SILENCES, SilenceBook } from './silence-book.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 10, 22)
const chen: Actor = { person: 'chen', role: 'commander', area: '3201', unit: '' }
const sun: Actor = { person: 'sun', role: 'supervisor', area: '32', unit: '' }
const spec = { reason: 'works', from: NOW, until: NOW + HOUR, area: '3201', ring: [], category: '', most: 2 }
const square: [number, number][] = [
  [118, 32],
  [118.02, 32],
  [118.02, 32.02],
  [118, 32.02],
  [118, 32],
]

function bookOf(): SilenceBook {
  return new SilenceBook(toldPlan(), toldPolicy())
}

/** What the book says of an alert at a time, having been asked at all times. */
function over(book: SilenceBook, part: Parameters<typeof alertOf>[0], at = NOW): string {
  book.advance(at)
  return book.over(alertOf({ area: 4, areas: [4], category: 'noise', rank: 2, peak: 2, ...part }))
}

describe('silences', () => {
  it('[NT30] holds for its span, subtree, category and rank', () => {
    const book = bookOf()
    const id = book.silence(NOW, chen, {
      ...spec,
      from: NOW + HOUR,
      until: NOW + 2 * HOUR,
      category: 'noise',
    })
    expect(over(book, {})).toBe('')
    expect(over(book, {}, NOW + HOUR)).toBe(id)
    expect(over(book, { category: 'air' }, NOW + HOUR)).toBe('')
    expect(over(book, { area: 8, areas: [8] }, NOW + HOUR)).toBe('')
    expect(over(book, { area: 0, areas: [4, 8] }, NOW + HOUR)).toBe('')
    expect(over(book, { rank: 1, peak: 3 }, NOW + HOUR)).toBe('')
    expect(over(book, {}, NOW + 2 * HOUR - 1)).toBe(id)
    expect(over(book, {}, NOW + 2 * HOUR)).toBe('')
  })

  it('[NT30] names the nearest of several, then the oldest', () => {
    const book = bookOf()
    book.silence(NOW, sun, { ...spec, area: '32' })
    const nearer = book.silence(NOW, chen, spec)
    book.silence(NOW, chen, { ...spec, reason: 'the same once more' })
    expect(over(book, {})).toBe(nearer)
  })

  it('[NT32] covers centres in the ring, and of the subtree alone where one is named', () => {
    const book = bookOf()
    const id = book.silence(NOW, sun, { ...spec, area: '3202', ring: square })
    expect(over(book, { area: 8, areas: [8] })).toBe(id)
    expect(over(book, { area: 2, areas: [8, 10] })).toBe('')
    expect(over(book, {})).toBe('')
  })

  it.each([
    ['reason', { reason: ' ' }],
    ['reason', { reason: 'x'.repeat(501) }],
    ['from', { from: Number.NaN }],
    ['from', { from: NOW + 31 * DAY, until: NOW + 32 * DAY }],
    ['until', { until: NOW }],
    ['until', { until: NOW + 30 * DAY + 1 }],
    ['until', { until: undefined }],
    ['area', { area: '' }],
    ['area', { area: '99' }],
    ['ring', { ring: 'round' }],
    ['ring', { ring: square.slice(0, 3) }],
    ['ring', { ring: square.slice(0, 4) }],
    ['ring', { ring: Array.from({ length: 201 }, () => [118, 32]) }],
    [
      'ring[1]',
      {
        ring: [
          [118, 32],
          [118, 91],
          [118, 32],
          [118, 32],
        ],
      },
    ],
    [
      'ring[0]',
      {
        ring: [
          ['118', 32],
          [118, 32],
          [118, 32],
          [118, 32],
        ],
      },
    ],
    ['category', { category: 'fire' }],
    ['most', { most: undefined }],
    ['most', { most: 5 }],
  ])('[NT33] refuses a wrong %s: %j', (field, part) => {
    const book = bookOf()
    expect(() => book.silence(NOW, sun, { ...spec, ...part })).toThrow(`${field} is `)
    expect(book.take()).toEqual({ silences: [], entries: [] })
  })

  it('[NT33] begins no earlier than now, and leaves numbers of people out', () => {
    const book = bookOf()
    book.silence(NOW, chen, { ...spec, from: 0, reason: 'call 13812345678 first' })
    expect(book.take().silences).toMatchObject([{ from: NOW, reason: 'call … first' }])
  })

  it.each([
    [{ area: '3202' }, '3202'],
    [{ area: '32' }, '32'],
    [{ area: '32', ring: square }, '32'],
  ])('[NT34] reaches no further than its author answers for: %j', (part, value) => {
    expect(() => bookOf().silence(NOW, chen, { ...spec, ...part })).toThrow(
      expect.objectContaining({ code: 'AL-area', parameters: { value, area: '3201', person: 'chen' } }),
    )
  })

  it('[NT34] keeps a thousand, with those of the last day, and no more', () => {
    const book = bookOf()
    for (let nth = 0; nth < MOST_SILENCES; nth++) book.silence(NOW, chen, spec)
    expect(() => book.silence(NOW, chen, spec)).toThrow('silences is 1001, expected at most 1000')
    book.advance(NOW + HOUR)
    expect(() => book.silence(NOW + HOUR, chen, { ...spec, until: NOW + 2 * HOUR })).toThrow(
      'silences is 1001',
    )
    book.advance(NOW + HOUR + DAY)
    book.silence(NOW + HOUR + DAY, chen, { ...spec, until: NOW + 2 * HOUR + DAY })
  })

  it('[NT33] forgets one that was ended before it began', () => {
    const book = bookOf()
    const id = book.silence(NOW, chen, { ...spec, from: NOW + 9 * DAY, until: NOW + 10 * DAY })
    book.unsilence(NOW + HOUR, chen, id)
    book.take()
    book.advance(NOW + HOUR + DAY)
    expect(book.take().entries).toEqual([{ key: `q/${id}`, value: null }])
  })
})
