import type { JSX } from 'preact'
import { STEPS } from '../services/core/alert-transitions.ts'
import type { AlertVerb } from '../services/core/alert-transitions.ts'
import { ActSheet, AllActs } from './desk-act-sheet.tsx'
import { AuditSheet } from './desk-audit.tsx'
import { FilterSheet } from './desk-filter.tsx'
import { HandoverSheet } from './desk-handover.tsx'
import { HelpSheet } from './desk-help.tsx'
import { MenuSheet } from './desk-menu.tsx'
import { RaiseSheet } from './desk-raise.tsx'
import { RosterSheet } from './desk-roster.tsx'
import { ScoreSheet } from './desk-score.tsx'
import { SilenceSheet } from './desk-silence.tsx'
import { SilencesSheet } from './desk-silences.tsx'
import { chosenId, opened, sheet } from './desk-store.ts'
import { SubscriptionsSheet } from './desk-subscriptions.tsx'

const isAlertVerb = (verb: string): verb is AlertVerb => verb in STEPS

/** The sheet that is asked for. */
export function Sheets(): JSX.Element | null {
  const wanted = sheet.value
  const got = opened.value.id === chosenId.value ? opened.value.got : null
  switch (wanted?.kind) {
    case undefined:
      return null
    case 'act':
      return got !== null && isAlertVerb(wanted.verb) ? (
        <ActSheet key={wanted.verb} got={got} verb={wanted.verb} />
      ) : null
    case 'acts':
      return got === null ? null : <AllActs got={got} />
    case 'menu':
      return <MenuSheet />
    case 'help':
      return <HelpSheet />
    case 'filter':
      return <FilterSheet />
    case 'silences':
      return <SilencesSheet />
    case 'silence':
      return <SilenceSheet />
    case 'raise':
      return <RaiseSheet />
    case 'handover':
      return <HandoverSheet />
    case 'subscriptions':
      return <SubscriptionsSheet />
    case 'audit':
      return <AuditSheet />
    case 'roster':
      return <RosterSheet />
    case 'score':
      return <ScoreSheet />
  }
}
