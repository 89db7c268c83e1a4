// Shows how far a file is read, and the page anew once it is. Without script the page renews itself.

const EVERY_MS = 700
const LONGEST_MS = 30000

export function startReading (block) {
  const bar = block.querySelector('progress')
  const text = block.querySelector('[data-reading-text]')
  let misses = 0

  const ask = async () => {
    try {
      const response = await fetch(block.dataset.reading, { headers: { Accept: 'application/json' }, cache: 'no-store' })
      if (response.redirected || response.status === 404) { window.location.reload(); return }
      if (!response.ok) throw new Error(String(response.status))
      misses = 0
      const answer = await response.json()
      if (answer.read) { window.location.reload(); return }
      if (answer.total > 0) { bar.max = answer.total; bar.value = answer.done }
      text.textContent = answer.text
      wait(EVERY_MS)
    } catch {
      misses += 1
      wait(Math.min(LONGEST_MS, EVERY_MS * 2 ** misses))
    }
  }
  const wait = ms => setTimeout(ask, ms)
  wait(EVERY_MS)
}
