import type { Config } from './config-schema.ts'
import { fault, SCRYPT } from './config-check.ts'
import type { Grid } from './core/grid.ts'
import type { Channel } from './core/notice.ts'

type Reach = Config['people'][string]['reach']

const isUrl = (text: string, protocols: RegExp): boolean =>
  URL.canParse(text) && protocols.test(new URL(text).protocol) && new URL(text).hostname !== ''
const MAIL = /^[^\s@<>,;]+@[^\s@<>,;]+$/
/** A topic without wildcards or an empty level at its ends. */
const TOPIC = /^[^+#/\0]+(\/[^+#/\0]+)*$/
/** CAP 1.2, 3.2.1: neither spaces nor commas nor restricted characters. */
const SENDER = /^[^\s,<&]+$/

/** What nobody could sign in with or be reached at. Values are not quoted: they are somebody's. Throws CF-value. */
function checkReach(file: string, field: string, password: string, reach: Reach): void {
  if (password !== '' && !SCRYPT.test(password))
    throw fault(file, `${field}.password`, 'no hash', 'what `qingyu person` prints, or nothing')
  if (reach.mail !== '' && !MAIL.test(reach.mail))
    throw fault(file, `${field}.reach.mail`, 'no such address', 'an address as name@city.example')
  if (reach.webhook !== '' && !isUrl(reach.webhook, /^https?:$/))
    throw fault(file, `${field}.reach.webhook`, 'no such address', 'an address as https://host/path')
  if (reach.mqtt !== '' && !TOPIC.test(reach.mqtt))
    throw fault(file, `${field}.reach.mqtt`, 'no topic', 'a topic without + and #, as officers/li')
}

/** Channels that nothing could leave by. Throws CF-value. */
function checkChannels(
  { channels: ways }: Config,
  channels: readonly Channel[],
  file: string,
  field: string,
): void {
  const needs: Readonly<Partial<Record<Channel, keyof Config['channels']>>> = {
    webhook: 'webhookSecret',
    mail: 'mailUrl',
    push: 'pushSubject',
    mqtt: 'mqttUrl',
  }
  for (const channel of channels) {
    const need = needs[channel]
    // Push leaves a browser's subscription unused rather than a notice unsent, so it may stand in the defaults of all.
    if (need !== undefined && channel !== 'push' && ways[need] === '')
      throw fault(file, field, channel, `channels.${need} to be set where ${channel} is used`)
    if (channel === 'cap')
      throw fault(file, field, channel, 'a way to people; CAP is for systems and needs no subscription')
  }
}

/** Addresses that no channel could use. Those with an account in them are not quoted. Throws CF-value. */
function checkWays({ channels }: Config, file: string): void {
  const { publicUrl, mailUrl, mailFrom, pushSubject, mqttUrl, mqttTopic, capSender } = channels
  const check = (field: string, sound: boolean, value: string, expected: string) => {
    if (!sound) throw fault(file, `channels.${field}`, value, expected)
  }
  check(
    'publicUrl',
    publicUrl === '' || isUrl(publicUrl, /^https?:$/),
    publicUrl,
    'an address as https://host',
  )
  check(
    'mailUrl',
    mailUrl === '' || isUrl(mailUrl, /^smtps?:$/),
    'no such address',
    'smtp://host:587 or smtps://host',
  )
  check(
    'mailFrom',
    mailUrl === '' || mailFrom.includes('@'),
    mailFrom === '' ? 'empty' : mailFrom,
    'a sender',
  )
  check('pushSubject', /^($|mailto:|https:)/.test(pushSubject), pushSubject, 'mailto: or https:')
  check(
    'mqttUrl',
    mqttUrl === '' || isUrl(mqttUrl, /^(mqtts?|wss?):$/),
    'no such address',
    'mqtt://host:1883',
  )
  check('mqttTopic', TOPIC.test(mqttTopic), mqttTopic, 'a topic without + and #')
  check('capSender', SENDER.test(capSender), capSender, 'a name without spaces, commas, < and &')
}

/** Rosters that nothing could be read from. The address is not quoted: it may hold a key. Throws CF-value. */
function checkRosters({ rosters }: Config, grid: Grid, file: string): void {
  for (const [name, { file: path, url, area, refresh }] of Object.entries(rosters)) {
    const field = `rosters.${name}`
    if ((path === '') === (url === ''))
      throw fault(file, field, path === '' ? 'empty' : 'file and url', 'either file or url')
    if (url !== '' && !isUrl(url, /^https?:$/))
      throw fault(file, `${field}.url`, 'no such address', 'an address as https://host/roster.ics')
    if (area !== '' && grid.indexOf(area) === undefined)
      throw fault(file, `${field}.area`, area, `an area code of grid ${grid.city}`)
    if (refresh < 1000) throw fault(file, `${field}.refresh`, `${refresh}ms`, 'at least 1s')
  }
}

/** All ways to people that nothing could go by, and rosters that nothing could be read from. Throws CF-value. */
export function checkWaysToPeople(config: Config, grid: Grid, file: string): void {
  for (const [id, { password, reach }] of Object.entries(config.people))
    checkReach(file, `people.${id}`, password, reach)
  for (const [role, { channels }] of Object.entries(config.alerts.defaults))
    checkChannels(config, channels, file, `alerts.defaults.${role}.channels`)
  checkRosters(config, grid, file)
  checkWays(config, file)
}
