// Renews the status of a pending request politely: as often as the server asks for, and not while nobody looks.
// Times, messages and history come along, outside the block that is read aloud.

const LONGEST_MS = 60000

export function startStatus (block) {
  const address = block.dataset.status
  const progress = document.querySelector('[data-progress]')
  let shown = block.dataset.state
  let misses = 0

  const ask = async () => {
    if (document.hidden) { wait(2000); return }
    try {
      const response = await fetch(address, { headers: { Accept: 'application/json' }, cache: 'no-store' })
      if (response.status === 401 || response.status === 404) return
      if (!response.ok) throw new Error(String(response.status))
      misses = 0
      const answer = await response.json()
      if (answer.state !== shown) {
        shown = answer.state
        block.innerHTML = answer.html
      }
      if (progress && answer.progress.mark !== progress.dataset.progress) {
        progress.dataset.progress = answer.progress.mark
        progress.innerHTML = answer.progress.html
      }
      if (!answer.final) wait(1000 * Number(response.headers.get('Retry-After') || 5))
    } catch {
      misses += 1
      wait(Math.min(LONGEST_MS, 3000 * 2 ** misses))
    }
  }
  const wait = ms => setTimeout(ask, ms)
  wait(1000)
}
