import { describe, expect, it } from 'vitest'
import { inForce, zoneOffset } from './schedule.ts'

const at = (text: string) => Date.parse(text)
const HOUR = 3_600_000

describe('schedule', () => {
  it.each([
    ['Asia/Shanghai', '2026-11-22T00:00:00Z', 8],
    ['Asia/Kathmandu', '2026-11-22T00:00:00Z', 5.75],
    ['America/New_York', '2026-03-08T06:59:59Z', -5],
    ['America/New_York', '2026-03-08T07:00:00Z', -4],
    ['Europe/Paris', '2026-10-25T00:59:59Z', 2],
    ['Europe/Paris', '2026-10-25T01:00:00Z', 1],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', 10.5],
  ])('[RU10] knows the offset of %s at %s', (zone, time, hours) => {
    expect(zoneOffset(zone, at(time))).toBe(hours * HOUR)
  })

  it.each([
    ['2026-11-20T21:59:59+08:00', false],
    ['2026-11-20T22:00:00+08:00', true],
    ['2026-11-21T05:59:59+08:00', true],
    ['2026-11-21T06:00:00+08:00', false],
    ['2026-11-21T23:00:00+08:00', false],
    ['2026-11-20T03:00:00+08:00', false],
  ])('[RU10] lets a Friday night end on Saturday: %s', (time, expected) => {
    const night = { days: [5], from: 22 * 60, to: 6 * 60, zone: 'Asia/Shanghai' }
    expect(inForce(night, at(time))).toBe(expected)
  })

  it('[RU10] keeps local hours across summer time', () => {
    const hours = { days: [0, 1, 2, 3, 4, 5, 6], from: 8 * 60, to: 9 * 60, zone: 'Europe/Paris' }
    expect(inForce(hours, at('2026-07-01T06:30:00Z'))).toBe(true)
    expect(inForce(hours, at('2026-12-01T06:30:00Z'))).toBe(false)
    expect(inForce(hours, at('2026-12-01T07:30:00Z'))).toBe(true)
  })

  it('[RU10] takes equal ends for the whole day', () => {
    const day = { days: [0], from: 0, to: 0, zone: 'UTC' }
    expect(inForce(day, at('2026-11-22T23:59:59Z'))).toBe(true)
    expect(inForce(day, at('2026-11-23T00:00:00Z'))).toBe(false)
  })
})
