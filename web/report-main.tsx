import { render } from 'preact'
import '@fontsource-variable/inter/index.css'
import '@fontsource-variable/noto-sans-sc/index.css'
import './tokens.css'
import './base.css'
import './chip.css'
import './report.css'
import './report-sheet.css'
import './report-print.css'
import './player.css'
import './player-strip.css'
import './player-desk.css'
import { ReportPage } from './report.tsx'
import { markPage } from './player-mark.tsx'
import { player } from './player.ts'
import { begin } from './report-store.ts'
import { lang } from './store.ts'

const root = document.getElementById('report')
if (root !== null) {
  document.documentElement.lang = lang.value === 'zh' ? 'zh-CN' : 'en'
  // Paper is white; who wants it dark says so in the link.
  const dark = new URLSearchParams(location.search).get('theme') === 'dark'
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light'
  markPage()
  player?.start()
  begin()
  render(<ReportPage />, root)
}
