// Signing by telephone: shows the code in place, asks how it stands, and goes on by itself when the telephone has signed.

const SOON_MS = 1500
const SELDOM_MS = 5000
const LONGEST_MS = 30000
// A request that hangs longer is lost; the server answers in far less.
const PATIENCE_MS = 10000
// The field that names what was begun.
const BEGUN = 'phone'
// After so many questions nobody is in a hurry any more.
const EAGER = 40

/** How long to wait before the next question. */
export function pause (asked, misses) {
  if (misses > 0) return Math.min(LONGEST_MS, SOON_MS * 2 ** misses)
  return asked < EAGER ? SOON_MS : SELDOM_MS
}

/** What an answer of the server means; whatever is no answer of ours is thrown. */
export async function readState (response) {
  if (response.status === 404) return { state: 'expired' }
  if (!response.ok) throw new Error(String(response.status))
  const answer = await response.json()
  if (!['waiting', 'signed', 'expired'].includes(answer.state)) throw new Error('unknown state')
  return answer
}

/**
 * Asks until the telephone has signed or the time is over, telling each change; answers the last state, or nothing
 * where it was told to stop. `wait` sleeps, and may be woken early.
 */
export async function follow (ask, { tell, wait, isOver = () => false }) {
  let misses = 0
  for (let asked = 0; !isOver(); asked += 1) {
    try {
      const answer = await readState(await ask())
      misses = 0
      if (isOver()) return null
      if (answer.state !== 'waiting') return answer
      if (answer.refusal) tell('refused', answer.refusal)
      else tell('waiting')
    } catch {
      misses += 1
      if (!isOver()) tell('lost')
    }
    await wait(pause(asked, misses))
  }
  return null
}

/** Asks for JSON and gives the request up, its body too, when it hangs; a browser of before 2023 waits on. */
export function fetchInTime (address, options = {}, patience = PATIENCE_MS) {
  const headers = { Accept: 'application/json' }
  return fetch(address, { headers, cache: 'no-store', ...options, signal: AbortSignal.timeout?.(patience) })
}

/** Begins a signing with what a form carries. */
export async function begin (action, fields, patience) {
  const body = new URLSearchParams(fields)
  // Left over from a signing before, it would ask how that one stands instead of beginning another.
  body.delete(BEGUN)
  const response = await fetchInTime(action, { method: 'POST', body }, patience)
  if (!response.ok || !/json/.test(response.headers.get('Content-Type'))) throw new Error(String(response.status))
  return response.json()
}

// Until the time is over, or the page is looked at again: a person comes back to it from the application.
const sleep = ms => new Promise(resolve => {
  const end = () => {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', seen)
    resolve()
  }
  const seen = () => { if (!document.hidden) end() }
  const timer = setTimeout(end, ms)
  document.addEventListener('visibilitychange', seen)
})

export function startPhone (block) {
  const form = block.querySelector('form')
  const button = block.querySelector('[data-phone-begin]')
  const live = block.querySelector('[data-live]')
  const code = block.querySelector('[data-phone-code]')
  let turn = 0

  const tell = (state, more = '') => {
    const text = block.querySelector(`[data-message="${state}"]`)
    const words = [text ? text.textContent : state, more].filter(Boolean).join(' ')
    // What is said already is not read aloud again.
    if (live.textContent !== words) live.textContent = words
    live.classList.toggle('live--bad', !['begin', 'waiting', 'signed'].includes(state))
  }
  const forgetBegun = () => form.querySelectorAll(`[name="${BEGUN}"]`).forEach(field => field.remove())
  const goOn = (answer, id) => {
    tell('signed')
    if (answer.next) {
      window.location.assign(answer.next)
      return
    }
    forgetBegun()
    const field = document.createElement('input')
    Object.assign(field, { type: 'hidden', name: BEGUN, value: id })
    form.append(field)
    form.submit()
  }
  const run = async () => {
    const mine = turn += 1
    const isOver = () => turn !== mine
    button.disabled = true
    tell('begin')
    let begun
    try { begun = await begin(form.action, new FormData(form)) } catch { begun = null }
    if (isOver()) return
    button.disabled = false
    if (!begun) {
      // Nobody waits for the code before any more, so it must not invite a signature.
      code.innerHTML = ''
      tell('failed')
      return
    }
    code.innerHTML = begun.html
    button.textContent = button.dataset.again
    const ask = () => fetchInTime(begun.state)
    const answer = await follow(ask, { tell, wait: sleep, isOver })
    if (!answer) return
    code.innerHTML = ''
    if (answer.state === 'signed') goOn(answer, begun.id)
    else tell('expired')
  }
  form.addEventListener('submit', event => {
    event.preventDefault()
    run()
  })
  // A page brought back by the back button begins anew: whatever it waited for is over or was gone on with.
  window.addEventListener('pageshow', event => {
    if (!event.persisted) return
    turn += 1
    forgetBegun()
    live.textContent = ''
    code.innerHTML = ''
    button.disabled = false
  })
}
