import { describe, expect, it } from 'vitest'
import {
  feedbackTopic,
  isName,
  observationsTopic,
  parseFeedbackFilter,
  parseObservationsTopic,
  takesFeedback,
} from './topic.ts'

describe('topics', () => {
  it('[MQ15] reads vendor and source from a topic', () => {
    expect(parseObservationsTopic('qingyu/v1/acme/cam-7/observations')).toEqual({
      vendor: 'acme',
      source: 'cam-7',
    })
    expect(parseObservationsTopic(observationsTopic('a', 'b'))).toEqual({ vendor: 'a', source: 'b' })
  })

  it.each([
    'qingyu/v1/acme/cam/feedback',
    'qingyu/v2/acme/cam/observations',
    'qingyu/v1/Acme/cam/observations',
    'qingyu/v1/acme//observations',
    'qingyu/v1/acme/cam/observations/',
    'qingyu/v1/acme/cam/observations\n',
    '/qingyu/v1/acme/cam/observations',
    `qingyu/v1/${'a'.repeat(65)}/cam/observations`,
    'qingyu/v1/+/cam/observations',
    '',
  ])('[MQ15] takes no other topic: %j', (topic) => {
    expect(parseObservationsTopic(topic)).toBeNull()
  })

  it('[MQ16] reads feedback filters of one vendor only', () => {
    expect(parseFeedbackFilter('qingyu/v1/acme/+/feedback')).toEqual({ vendor: 'acme', source: null })
    expect(parseFeedbackFilter(feedbackTopic('acme', 's'))).toEqual({ vendor: 'acme', source: 's' })
    for (const filter of [
      '#',
      'qingyu/v1/+/+/feedback',
      'qingyu/v1/acme/#',
      '$share/g/qingyu/v1/acme/+/feedback',
    ]) {
      expect(parseFeedbackFilter(filter)).toBeNull()
    }
  })

  it('[MQ16] matches filters with what is told', () => {
    expect(takesFeedback({ vendor: 'a', source: null }, 'a', 's')).toBe(true)
    expect(takesFeedback({ vendor: 'a', source: 's' }, 'a', 't')).toBe(false)
    expect(takesFeedback({ vendor: 'a', source: null }, 'b', 's')).toBe(false)
  })

  it('[MQ15] knows names from other words', () => {
    expect(['a', '-', 'a-9', 'x'.repeat(64)].every(isName)).toBe(true)
    expect(['', 'A', 'a_b', 'a/b', 'x'.repeat(65), 'é'].some(isName)).toBe(false)
  })
})
