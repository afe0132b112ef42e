import type { JSX } from 'preact'
import type { AlertAnswer } from '../services/core/desk-wire.ts'
import { at } from './desk-say.ts'
import { d, second, unitName, who } from './desk-store.ts'
import { countdown } from './format.ts'
import { lang } from './store.ts'

/** Departments that were called, and who came when. */
export function WhistleTable({ got }: { readonly got: AlertAnswer }): JSX.Element | null {
  const { whistle, closed } = got.alert
  if (whistle === null) return null
  const came = whistle.called.filter((one) => one.came !== null).length
  return (
    <section class="whistle">
      <h2>
        <span>{d('whistle')}</span>
        <span>{d('cameOf', { n: came, m: whistle.called.length })}</span>
      </h2>
      <p class="fine">{d('whistleBy', { who: who(whistle.by), t: at(whistle.at), due: at(whistle.due) })}</p>
      <table>
        <tbody>
          {whistle.called.map((one) => {
            const rest = one.due - second.value
            const late = one.came === null ? rest <= 0 : one.came > one.due
            return (
              <tr key={one.unit} class={one.came === null ? 'out' : 'in'}>
                <td>
                  <i class={one.came === null ? '' : 'here'} />
                </td>
                <th scope="row">{unitName(one.unit)}</th>
                <td>{one.came === null ? '' : who(one.person)}</td>
                <td class={late ? 'over' : ''}>
                  {one.came !== null
                    ? at(one.came)
                    : closed !== null
                      ? d('notYet')
                      : late
                        ? d('over', { t: countdown(rest, lang.value) })
                        : countdown(rest, lang.value)}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}
