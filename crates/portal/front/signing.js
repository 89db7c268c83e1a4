// The signing block of the sign-in page and the sign page: each state has its own text, told in a live region, and
// what fails shows what one can do. Next: ncalayer.js.
import { connect, sign } from './ncalayer.js'
import { FILE_STORAGE } from './ncalayer-protocol.js'

const GOOD = ['connecting', 'waiting', 'waiting_long', 'sending', 'choose_storage']
/** After so long a person may be looking for a window that is behind others. */
const LONG_MS = 20000

/** The configured address; its unencrypted twin only where the page itself came unencrypted from this computer. */
export function addresses (configured, page) {
  const list = [configured]
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(page.hostname)
  if (page.protocol === 'http:' && local && configured.startsWith('wss:')) {
    list.push(configured.replace(/^wss:/, 'ws:'))
  }
  return list
}

/** The choice of a place for keys that the older module needs: what is plugged in, and a file. */
function offerStorages (choice, tokens) {
  const select = choice.querySelector('select')
  const file = select.querySelector(`option[value="${FILE_STORAGE}"]`)
  const named = tokens.filter(token => token !== FILE_STORAGE).map(token => {
    const option = document.createElement('option')
    option.value = token
    option.textContent = choice.querySelector(`[data-storage-name="${token}"]`)?.textContent || token
    return option
  })
  select.replaceChildren(...named, file)
  choice.hidden = false
  select.focus()
}

export function startSigning (block) {
  const button = block.querySelector('[data-sign]')
  const stop = block.querySelector('[data-stop]')
  const live = block.querySelector('[data-live]')
  const choice = block.querySelector('[data-storage]')
  const form = document.getElementById(block.dataset.form)
  let layer = null
  const tell = state => {
    const text = block.querySelector(`[data-message="${state}"]`) || block.querySelector('[data-message="failed"]')
    live.textContent = text.textContent
    live.classList.toggle('live--bad', !GOOD.includes(state))
    for (const help of block.querySelectorAll('[data-help]')) {
      help.hidden = !help.dataset.help.split(' ').includes(state)
    }
    stop.hidden = !state.startsWith('waiting')
  }
  const signed = async () => {
    tell('connecting')
    layer = await connect(addresses(block.dataset.ncalayer, window.location))
    tell('waiting')
    const long = setTimeout(() => tell('waiting_long'), LONG_MS)
    const { document: text, oids, locale, iin } = block.dataset
    const storage = choice.hidden ? undefined : choice.querySelector('select').value
    try {
      return await sign(layer, { document: text, oids: oids.split(' '), locale, iin, storage })
    } finally {
      clearTimeout(long)
      layer.close()
    }
  }
  const run = async () => {
    button.disabled = true
    block.dataset.busy = 'true'
    try {
      form.elements.signature.value = await signed()
      tell('sending')
      form.submit()
    } catch (fault) {
      tell(fault.state || 'failed')
      delete block.dataset.busy
      button.disabled = false
      if (fault.tokens) offerStorages(choice, fault.tokens)
      else button.focus()
    }
  }
  block.hidden = false
  button.addEventListener('click', run)
  stop.addEventListener('click', () => layer?.leave())
  // A page brought back by the back button must be usable again.
  window.addEventListener('pageshow', event => {
    if (event.persisted) { button.disabled = false; live.textContent = '' }
  })
}
