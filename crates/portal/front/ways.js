// The ways to sign or to sign in: one is shown, chosen for the person, and another is one click away; the text to be signed
// stays the same. Without this script all of them stand on the page one below the other.
// Knows what the ways are called and nothing of how they work. Next: signing.js.
import { connect } from './ncalayer.js'
import { addresses } from './signing.js'

/** Longer than NCALayer takes to answer on a slow computer, shorter than a person's patience. */
const LOOK_MS = 1500
const REMEMBERED = 'way'

/**
 * The way to begin with: what the server names (an error stands there), else what the person took last, else what fits the
 * device. On a phone there is no NCALayer.
 */
export function firstWay (ways, { named, remembered, isPhone }) {
  if (ways.includes(named)) return named
  if (ways.includes(remembered)) return remembered
  if (isPhone && ways.includes('egov-mobile')) return 'egov-mobile'
  return ways[0]
}

/** What to show when NCALayer does not answer and the person has chosen nothing yet; none where its help says most. */
export function withoutNcaLayer (ways) {
  return ways.find(way => way === 'egov-mobile')
}

/** Whether looking for NCALayer would make the browser ask the person a question out of the blue. */
async function wouldAsk () {
  try {
    const { state } = await navigator.permissions.query({ name: 'local-network-access' })
    return state === 'prompt'
  } catch { return false }
}

async function ncaLayerAnswers (block) {
  if (await wouldAsk()) return true
  const look = connect(addresses(block.dataset.ncalayer, window.location))
  const late = new Promise((resolve, reject) => setTimeout(reject, LOOK_MS))
  try {
    (await Promise.race([look, late])).close()
    return true
  } catch (fault) {
    look.then(layer => layer.close(), () => {})
    // One that is there and of no use is told about by its own help.
    return Boolean(fault && fault.state !== 'unavailable')
  }
}

const storage = {
  read () { try { return window.sessionStorage.getItem(REMEMBERED) } catch { return null } },
  write (way) { try { window.sessionStorage.setItem(REMEMBERED, way) } catch { /* it is a comfort only */ } }
}

function radio (section, onChoice) {
  const item = document.createElement('div')
  const input = document.createElement('input')
  const label = document.createElement('label')
  item.className = 'govuk-radios__item'
  Object.assign(input, { className: 'govuk-radios__input', type: 'radio', name: 'way', id: `choose-${section.dataset.way}`, value: section.dataset.way })
  Object.assign(label, { className: 'govuk-label govuk-radios__label', htmlFor: input.id })
  label.textContent = section.querySelector('h2').textContent
  input.addEventListener('change', () => onChoice(section.dataset.way))
  item.append(input, label)
  return { item, input }
}

export function startWays (block) {
  const sections = [...block.querySelectorAll('[data-way]')]
  const ways = sections.map(section => section.dataset.way)
  const choice = block.querySelector('[data-ways-choice]')
  if (ways.length < 2) return
  let isChosen = false
  const radios = sections.map(section => radio(section, way => { isChosen = true; storage.write(way); show(way) }))
  const show = shown => {
    sections.forEach((section, place) => {
      section.hidden = section.dataset.way !== shown
      radios[place].input.checked = section.dataset.way === shown
    })
  }
  choice.querySelector('[data-ways-list]').append(...radios.map(({ item }) => item))
  choice.hidden = false
  const isPhone = window.matchMedia('(hover: none) and (pointer: coarse)').matches
  const named = block.querySelector('[data-way-named]')?.dataset.way
  const first = firstWay(ways, { named, remembered: storage.read(), isPhone })
  show(first)
  const signing = block.querySelector('[data-signing]')
  const other = withoutNcaLayer(ways)
  if (first !== 'ncalayer' || named || !signing || !other) return
  ncaLayerAnswers(signing).then(answers => {
    if (answers || isChosen || signing.dataset.busy) return
    show(other)
    choice.querySelector('[data-ways-none]').hidden = false
  })
}
