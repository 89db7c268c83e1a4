// The signing block of the sign-in page and the sign page: each state has its own text, told in a live region.
import { connect, sign, signRequest } from './ncalayer.js'

/** The configured address; its unencrypted twin only where the page itself came unencrypted from this computer. */
export function addresses (configured, page) {
  const list = [configured]
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(page.hostname)
  if (page.protocol === 'http:' && local && configured.startsWith('wss:')) {
    list.push(configured.replace(/^wss:/, 'ws:'))
  }
  return list
}

export function startSigning (block) {
  const button = block.querySelector('[data-sign]')
  const live = block.querySelector('[data-live]')
  const form = document.getElementById(block.dataset.form)
  const tell = state => {
    const text = block.querySelector(`[data-message="${state}"]`)
    live.textContent = text ? text.textContent : state
    live.classList.toggle('live--bad', !['connecting', 'waiting', 'sending'].includes(state))
  }
  const run = async () => {
    button.disabled = true
    block.dataset.busy = 'true'
    try {
      tell('connecting')
      const socket = await connect(addresses(block.dataset.ncalayer, window.location))
      tell('waiting')
      const { document: text, oids, locale, iin } = block.dataset
      form.elements.signature.value =
        await sign(socket, signRequest(text, oids.split(' '), locale, iin))
      tell('sending')
      form.submit()
    } catch (fault) {
      tell(fault.state || 'failed')
      delete block.dataset.busy
      button.disabled = false
      button.focus()
    }
  }
  block.hidden = false
  button.addEventListener('click', run)
  // A page brought back by the back button must be usable again.
  window.addEventListener('pageshow', event => {
    if (event.persisted) { button.disabled = false; live.textContent = '' }
  })
}
