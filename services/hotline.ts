import type { Config } from './config-schema.ts'
import { QingyuError, hintOf, messageOf } from './core/errors.ts'
import { partitionOf } from './core/grid.ts'
import type { Refusal } from './core/observation.ts'
import { repeatable } from './core/personal.ts'
import { Locator, NO_PLACE } from './core/place.ts'
import type { Plan } from './core/plan.ts'
import { partitionOfRequest, requestIdOfKey, serviceSource } from './core/request-id.ts'
import { NO_SOURCE } from './core/topic.ts'
import { epochMs, parseInstant } from './core/time.ts'
import { findCalls } from './hotline-search.ts'
import type { Call, CallQuery, Hotline, HotlineService, Report, Told } from './hotline-port.ts'
import { ReportRefused } from './hotline-port.ts'
import type { Clock, Intake, Log, Random, State } from './ports.ts'

/** Calls remembered so that a caller can ask for them at once; older ones are found in the log. */
const MOST_RECENT = 10_000

/** What the hotline is made of. */
export interface HotlineParts {
  readonly config: Pick<Config, 'hotline' | 'state'>
  readonly plan: Plan
  readonly intake: Pick<Intake, 'sender' | 'accept' | 'refuse' | 'settled' | 'congested'>
  readonly log: Pick<Log, 'read' | 'start' | 'end' | 'partitions'>
  readonly state: Pick<State, 'offsetAt'>
  readonly clock: Clock
  readonly random: Random
}

const encoder = new TextEncoder()

/** Takes calls to the hotline as occurrences: one observation of value 1 a call, durable before it is answered. */
export function createHotline(parts: HotlineParts): Hotline {
  return new Desk(parts)
}

class Desk implements Hotline {
  readonly services: readonly HotlineService[]
  private readonly parts: HotlineParts
  private readonly locator: Locator
  private readonly recent = new Map<string, Call>()
  private readonly bySource = new Map<string, string>()

  constructor(parts: HotlineParts) {
    this.parts = parts
    this.locator = new Locator(parts.plan.grid, (lon, lat) => [lon, lat])
    this.services = Object.entries(parts.config.hotline.services).map(([code, setting]) => ({
      code,
      ...setting,
    }))
    for (const { code } of this.services) this.bySource.set(serviceSource(code), code)
  }

  async report(report: Report): Promise<Call> {
    const { intake, config, clock } = this.parts
    const subject = report.service ?? report.indicator
    if (subject === undefined)
      throw new QingyuError('HL-field', {
        field: 'service',
        value: 'missing',
        expected: 'a service or an indicator',
      })
    const indicator = this.indicatorOf(report)
    // A subject that is not known here may be anything, and must not become the name of a source.
    const source = this.parts.plan.indicators.index.has(indicator) ? serviceSource(subject) : NO_SOURCE
    if (intake.congested) throw new QingyuError('HL-busy', { value: subject })
    const key = `${source}:${report.id ?? this.chance()}`
    const { lon, lat, area, address } = report
    const time = report.time ?? clock.now()
    // Undefined fields fall out of the JSON; whatever else the caller told is not taken over.
    const payload = encoder.encode(
      JSON.stringify({ indicator, value: 1, time, id: key, lon, lat, area, address }),
    )
    const sender = intake.sender(config.hotline.vendor, source)
    const receipt = intake.accept(sender, payload)
    const { commit, refusals } = receipt
    if (refusals !== null && refusals.length > 0) throw new ReportRefused(refusals)
    await intake.settled(commit)
    return this.remember(report, subject, indicator, key, time)
  }

  private indicatorOf(report: Report): string {
    if (report.service === undefined) return report.indicator ?? ''
    const found = this.services.find(({ code }) => code === report.service)?.indicator
    if (found !== undefined) return found
    throw this.refuse(NO_SOURCE, report, 'HL-service', '/service', { value: repeatable(report.service) })
  }

  /** Counts a refusal that the decoder cannot know of, so that every call received is in one counter. */
  private refuse(
    source: string,
    report: Report,
    code: Refusal['code'],
    pointer: string,
    parameters: Readonly<Record<string, string>>,
  ): ReportRefused {
    const { intake, config } = this.parts
    const refusal: Refusal = {
      code,
      pointer,
      message: messageOf(code, parameters),
      hint: hintOf(code, parameters),
    }
    const { time, lon, lat } = report
    const kept = encoder.encode(JSON.stringify({ time, lon, lat }))
    intake.refuse(intake.sender(config.hotline.vendor, source), refusal, kept)
    return new ReportRefused([refusal])
  }

  refuseAddress(report: Report): ReportRefused {
    // The text itself may be somebody's home: it is neither kept nor repeated.
    const isKnown = this.services.some(({ code }) => code === report.service)
    return this.refuse(
      isKnown ? serviceSource(report.service ?? '') : NO_SOURCE,
      report,
      'OB-address',
      '/address_string',
      {
        value: '(text)',
      },
    )
  }

  refuseUnread({ code, message, hint, parameters }: QingyuError): void {
    const { intake, config } = this.parts
    const field = String(parameters['field'] ?? 'body')
    const refusal: Refusal = { code, pointer: field === 'body' ? '' : `/${field}`, message, hint }
    // Of words that were not understood nothing is kept: they may hold anything.
    intake.refuse(intake.sender(config.hotline.vendor, NO_SOURCE), refusal, new Uint8Array(0))
  }

  private chance(): string {
    const word = () => this.parts.random.uint32().toString(16).padStart(8, '0')
    return word() + word() + word() + word()
  }

  private remember(report: Report, service: string, indicator: string, key: string, time: Told): Call {
    const { plan, log } = this.parts
    const area = this.locator.area(
      {
        vendor: '',
        source: '',
        key: new Uint8Array(0),
        registration: null,
        memo: { lon: NaN, lat: NaN, area: -1 },
        fixed: NO_PLACE,
      },
      {
        lon: Number(report.lon ?? NaN),
        lat: Number(report.lat ?? NaN),
        area: typeof report.area === 'string' ? report.area : null,
        address: typeof report.address === 'string' ? report.address : null,
      },
    )
    const own = partitionOf(plan.grid, area, log.partitions)
    // What lies above the partition level is written to partition 0.
    const id = requestIdOfKey(own < log.partitions ? own : 0, key)
    const call: Call = { id, service, indicator, area, time: msOf(time) }
    this.recent.delete(id)
    this.recent.set(id, call)
    if (this.recent.size > MOST_RECENT) {
      const [oldest] = this.recent.keys()
      if (oldest !== undefined) this.recent.delete(oldest)
    }
    return call
  }

  async request(id: string): Promise<Call | undefined> {
    const known = this.recent.get(id)
    if (known !== undefined) return known
    const partition = partitionOfRequest(id)
    if (partition === undefined) return undefined
    const own = partition < this.parts.log.partitions ? { partition } : {}
    const { calls } = await this.search({ ...this.span(), most: 1, id, ...own })
    return calls[0]
  }

  requests(query: Partial<CallQuery>): Promise<{ calls: readonly Call[]; complete: boolean }> {
    return this.search({ ...this.span(), most: 1_000, ...query })
  }

  private span(): { from: number; to: number } {
    const now = this.parts.clock.now()
    return { from: now - this.parts.config.state.history, to: now + 86_400_000 }
  }

  private search(query: CallQuery): Promise<{ calls: readonly Call[]; complete: boolean }> {
    const { config } = this.parts
    return findCalls(this.parts, config.hotline.vendor, query, (source) => this.bySource.get(source))
  }
}

function msOf(time: Told): number {
  if (typeof time === 'number') return epochMs(time)
  const bytes = encoder.encode(String(time))
  return parseInstant(bytes, 0, bytes.length)
}
