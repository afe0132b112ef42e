import { describe, expect, it } from 'vitest'
import { alertOf, simplePolicy } from '../testdata/sample-alert.ts'
import { capSample, HAS_CAP_SCHEMA, schemaFault } from '../testdata/cap-schema.ts'
import { smallPlan } from '../testdata/small-city.ts'
import { capXml } from './cap.ts'
import { capMessages } from './cap-chain.ts'
import { capFaults } from './cap-check.ts'

const plan = smallPlan()
const settings = { sender: 'qingyu', contact: '', restriction: '', expiresMs: 3_600_000 }
const [first] = capMessages(alertOf(), plan, settings.sender)
const sound = first === undefined ? '' : capXml(first, plan, simplePolicy(), settings)

const rules = (xml: string) => capFaults(xml).map(({ rule }) => rule)
/** The sound message with one thing changed; both languages alike. */
const spoilt = (from: string | RegExp, to: string) => {
  expect(sound).toMatch(from)
  return rules(sound.replaceAll(typeof from === 'string' ? from : new RegExp(from, 'g'), to))
}
const POLYGON = /<polygon>[^<]*<\/polygon>/

describe('rules of CAP in prose', () => {
  it('[CA20] finds nothing wrong with a sound message', () => {
    expect(capFaults(sound)).toEqual([])
  })

  it.skipIf(!HAS_CAP_SCHEMA)('[CA21] rejects the recorded errors that the schema lets pass', () => {
    const errors = capSample('canada_errors.cap')
    expect(schemaFault(errors)).toBe('')
    expect(capFaults(errors)).toEqual([
      {
        rule: 'references (3.2.1)',
        why: 'is missing or empty: msgType Update must name the messages it is about',
      },
    ])
  })

  it.skipIf(!HAS_CAP_SCHEMA)('[CA22] accepts the good recorded messages', () => {
    for (const name of ['canada.cap', 'canada_signed.cap']) expect(capFaults(capSample(name))).toEqual([])
  })

  it.skipIf(!HAS_CAP_SCHEMA)('[CA23] tells a missing element and an older version without a schema', () => {
    expect(rules(capSample('invalid.cap'))).toEqual(['scope (3.2.1)'])
    for (const name of ['weather.cap', 'earthquake.cap', 'no_optional_fields.cap'])
      expect(rules(capSample(name))).toEqual(['alert (3.3)'])
  })

  it.each([
    ['an identifier with a space', /<identifier>/, '<identifier>a b', 'identifier (3.2.1)'],
    ['an identifier with &', /<identifier>/, '<identifier>a&amp;b', 'identifier (3.2.1)'],
    ['an identifier with a comma', /<identifier>/, '<identifier>a,b', 'identifier (3.2.1)'],
    ['a sender that ends in a blank', /<\/sender>/, ' </sender>', 'sender (3.2.1)'],
    ['no sender', /<sender>[^<]*</, '<sender><', 'sender (3.2.1)'],
    ['a time with Z', /<sent>[^<]*</, '<sent>2026-11-22T00:05:00Z<', 'sent (3.2.1)'],
    ['a day that is none', /<sent>[^<]*</, '<sent>2026-02-30T00:05:00+08:00<', 'sent (3.2.1)'],
    ['a status that is none', /Actual/, 'Real', 'status (3.2.1)'],
    ['a Restricted scope without words', /Public/, 'Restricted', 'restriction (3.2.1)'],
    ['a Private scope without addresses', /Public/, 'Private', 'addresses (3.2.1)'],
    ['an Update of nothing', /<msgType>Alert/, '<msgType>Update', 'references (3.2.1)'],
    ['a Cancel of nothing', /<msgType>Alert/, '<msgType>Cancel', 'references (3.2.1)'],
    [
      'references that are none',
      /<incidents>/,
      '<references>qingyu,1</references><incidents>',
      'references (3.2.1)',
    ],
    [
      'references to what is later',
      /<incidents>/,
      '<references>qingyu,1,2030-01-01T00:00:00+08:00</references><incidents>',
      'references (3.2.1)',
    ],
  ] as const)('[CA24] rejects %s', (_, from, to, rule) => {
    expect(spoilt(from, to)).toEqual([rule])
  })

  it.each([
    ['a category of its own', />Env</, '>Smell<', 'category (3.2.2)'],
    ['no event', /<event>[^<]*</, '<event><', 'event (3.2.2)'],
    ['a language that is none', /zh-CN|en-US/, 'zh_CN', 'language (3.2.2)'],
    ['an urgency that is none', />Immediate</, '>Now<', 'urgency (3.2.2)'],
    ['an onset with Z', /<onset>[^<]*</, '<onset>2026-11-22T00:05:00Z<', 'onset (3.2.2)'],
    [
      'an end before the beginning',
      /<expires>[^<]*</,
      '<expires>2020-01-01T00:00:00+08:00<',
      'expires (3.2.2)',
    ],
    ['a parameter without a name', /qingyu:rank/, '', 'parameter (3.2.2)'],
  ] as const)('[CA25] rejects %s', (_, from, to, rule) => {
    expect(spoilt(from, to)).toEqual([`info 1 ${rule}`, `info 2 ${rule}`])
  })

  it.each([
    ['an area without words', /<areaDesc>[^<]*</, '<areaDesc><', 'areaDesc'],
    ['a polygon of three points', POLYGON, '<polygon>1,1 1,2 1,1</polygon>', 'polygon'],
    ['an open polygon', POLYGON, '<polygon>1,1 1,2 2,2 2,1</polygon>', 'polygon'],
    ['a latitude beyond the pole', POLYGON, '<polygon>118,32 118,33 119,33 118,32</polygon>', 'polygon'],
    ['an empty polygon', POLYGON, '<polygon/>', 'polygon'],
    ['a circle without radius', POLYGON, '<circle>32,118</circle>', 'circle'],
    ['a ceiling without altitude', POLYGON, '<ceiling>1</ceiling>', 'ceiling'],
  ] as const)('[CA26] rejects %s', (_, from, to, element) => {
    expect(spoilt(from, to)).toEqual([`info 1 area 1 ${element} (3.2.4)`, `info 2 area 1 ${element} (3.2.4)`])
  })

  it('[CA27] reads a message whose namespace has a prefix', () => {
    const prefixed = sound
      .replace('<alert xmlns=', '<alert xmlns:cap=')
      .replace(/<(\/?)(?=[a-zA-Z])/g, '<$1cap:')
    expect(capFaults(prefixed)).toEqual([])
    expect(rules(prefixed.replace('cap:sender>qingyu', 'cap:sender>qing yu'))).toEqual(['sender (3.2.1)'])
  })

  it('[CA28] tells what is no message at all', () => {
    expect(rules('')).toEqual(['document'])
    expect(rules('{"alert": 1}')).toEqual(['document'])
    expect(rules('<alert>')).toEqual(['document'])
    expect(rules('<feed/>')).toEqual(['alert (3.2.1)'])
    expect(rules('<!DOCTYPE a [<!ENTITY b "c">]><alert/>')).toEqual(['document (3.3)'])
    expect(rules('x'.repeat(4_000_001))).toEqual(['document'])
  })
})
