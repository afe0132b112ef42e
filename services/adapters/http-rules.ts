import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance } from 'fastify'
import {
  checkAnswer,
  FormatQuery,
  PublishBody,
  RulesBody,
  rulesAnswer,
  SaveRulesBody,
  textAnswer,
  versionAnswer,
  VersionParams,
  versionsAnswer,
  type RuleParts,
} from '../api-rules.ts'
import { DoneAnswer } from '../api-desk.ts'
import { plainRules } from '../core/rule-set.ts'
import type { RuleVersion } from '../core/rules-wire.ts'
import type { Desk } from '../desk-port.ts'
import { readRules, rulesYaml } from '../rules-text.ts'
import { perform } from './http-alerts.ts'
import type { DeskDoor } from './http-desk.ts'
import { principalOf } from './http-doors.ts'
import { admits } from './http-session.ts'

const tags = ['rules']

/** Routes that tell of rules: those in force, saved ones, and what a text of rules would change. Who did it is told who is signed in. */
export function ruleRoutes(app: FastifyInstance, parts: RuleParts & { readonly desk?: DeskDoor }): void {
  const seen = async <Told>(headers: IncomingHttpHeaders, told: Told, unnamed: (told: Told) => Told) =>
    (await admits(parts.desk, headers)) ? told : unnamed(told)
  app.get(
    '/api/v1/rules',
    { schema: { tags, summary: 'What colours an area, in force now' } },
    async ({ headers }) => seen(headers, await rulesAnswer(parts), withoutAuthor),
  )
  app.get<{ Querystring: FormatQuery }>(
    '/api/v1/rules/text',
    { schema: { tags, summary: 'The rules in force as people edit them', querystring: FormatQuery } },
    async ({ query }, reply) => {
      const answer = await textAnswer(parts)
      if (query.format === 'json') return reply.send(answer)
      return reply.type('application/yaml; charset=utf-8').send(rulesYaml(answer.text))
    },
  )
  app.post<{ Body: RulesBody }>(
    '/api/v1/rules/check',
    { schema: { tags, summary: 'What a text of rules comes to, and how it differs', body: RulesBody } },
    ({ body }) => checkAnswer(parts, body),
  )
  app.get(
    '/api/v1/rules/versions',
    { schema: { tags, summary: 'Saved versions: the one in force, then the newest' } },
    async ({ headers }) =>
      seen(headers, await versionsAnswer(parts), ({ versions }) => ({
        versions: versions.map(withoutPeople),
      })),
  )
  app.get<{ Params: VersionParams }>(
    '/api/v1/rules/versions/:version',
    {
      schema: {
        tags,
        summary: 'One version and how it differs from the rules in force',
        params: VersionParams,
      },
    },
    async ({ params, headers }) => seen(headers, await versionAnswer(parts, params.version), withoutPeople),
  )
}

/** Stands for a person. */
const SOMEBODY = '?'

function withoutAuthor<Told extends { readonly by: string }>(told: Told): Told {
  return { ...told, by: told.by === '' ? '' : SOMEBODY }
}

function withoutPeople<Told extends RuleVersion>(version: Told): Told {
  return { ...withoutAuthor(version), published: version.published.map(withoutAuthor) }
}

/** Routes by which rules are saved and put into force, behind their doors. */
export function publishRoutes(app: FastifyInstance, parts: RuleParts & { readonly desk: Desk }): void {
  const { desk, rules } = parts
  const done = { response: { '2xx': DoneAnswer } }
  app.post<{ Body: SaveRulesBody }>(
    '/api/v1/rules/versions',
    { schema: { tags, summary: 'Save rules under a name', body: SaveRulesBody, ...done } },
    async (request, reply) => {
      const { name, ...source } = request.body
      const book = plainRules(readRules(source, (await rules.get()).plan))
      return perform(desk, principalOf(request), { verb: 'save-rules', name, book }, reply)
    },
  )
  app.post<{ Params: VersionParams; Body: PublishBody }>(
    '/api/v1/rules/versions/:version/publish',
    {
      schema: {
        tags,
        summary: 'Put a version into force, a few seconds after it is decided; an older one to roll back',
        params: VersionParams,
        body: PublishBody,
        ...done,
      },
    },
    (request, reply) => {
      const { version } = request.params
      const { why } = request.body
      return perform(desk, principalOf(request), { verb: 'publish-rules', version, comment: why }, reply)
    },
  )
}
