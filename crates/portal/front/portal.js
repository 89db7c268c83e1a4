// The portal's script. Every page works without it; it adds signing by NCALayer, a status that renews itself,
// and a few comforts of govuk-frontend. Build: see README.md.
import { Button } from 'govuk-frontend/dist/govuk/components/button/button.mjs'
import { ErrorSummary } from 'govuk-frontend/dist/govuk/components/error-summary/error-summary.mjs'
import { SkipLink } from 'govuk-frontend/dist/govuk/components/skip-link/skip-link.mjs'
import { startPasskey } from './passkey.js'
import { startPhone } from './phone.js'
import { startReading } from './reading.js'
import { startSigning } from './signing.js'
import { startStatus } from './status.js'
import { startWays } from './ways.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')

const parts = [
  ['govuk-button', Button],
  ['govuk-error-summary', ErrorSummary],
  ['govuk-skip-link', SkipLink]
]
for (const [name, Part] of parts) {
  for (const element of document.querySelectorAll(`[data-module="${name}"]`)) {
    try { new Part(element) } catch (error) { console.error(error) }
  }
}

for (const element of document.querySelectorAll('[data-signing]')) startSigning(element)
for (const element of document.querySelectorAll('[data-phone]')) startPhone(element)
for (const element of document.querySelectorAll('[data-passkey]')) startPasskey(element)
for (const element of document.querySelectorAll('[data-ways]')) startWays(element)
for (const element of document.querySelectorAll('[data-status]')) startStatus(element)
for (const element of document.querySelectorAll('[data-reading]')) startReading(element)
for (const element of document.querySelectorAll('[data-print]')) {
  element.hidden = false
  element.addEventListener('click', () => window.print())
}
