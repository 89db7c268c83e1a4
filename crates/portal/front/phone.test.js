import assert from 'node:assert/strict'
import http from 'node:http'
import test from 'node:test'
import { begin, fetchInTime, follow, pause, readState, startPhone } from './phone.js'

const answer = (body, status = 200) => ({ status, ok: status < 300, json: async () => body })

// Answers in their order; an error in place of an answer is a line that breaks.
const telephone = answers => async () => {
  const next = answers.shift()
  if (next instanceof Error) throw next
  return next
}

const followed = async (answers, isOver) => {
  const told = []
  const waited = []
  const tell = (state, more) => told.push(more ? `${state}: ${more}` : state)
  const wait = async ms => { waited.push(ms) }
  const last = await follow(telephone(answers), { tell, wait, isOver })
  return { told, waited, last }
}

test('the page goes on when the telephone has signed', async () => {
  const signed = { state: 'signed', next: '/kk/requests/S-1' }
  const { told, last } = await followed([answer({ state: 'waiting' }), answer(signed)])
  assert.deepEqual(told, ['waiting'])
  assert.deepEqual(last, signed)
})

test('why a signature was refused is told, and one goes on waiting for another', async () => {
  const refused = { state: 'waiting', refusal: 'Another person’s key.' }
  const { told, last } = await followed([answer(refused), answer({ state: 'signed' })])
  assert.deepEqual(told, ['refused: Another person’s key.'])
  assert.equal(last.state, 'signed')
})

test('a lost connection is told, and asked again ever more seldom', async () => {
  const gone = new Error('offline')
  const { told, waited, last } = await followed([
    gone, gone, answer({}, 503), answer({ state: 'waiting' }), answer({ state: 'expired' })
  ])
  assert.deepEqual(told, ['lost', 'lost', 'lost', 'waiting'])
  assert.deepEqual(waited, [3000, 6000, 12000, 1500])
  assert.equal(last.state, 'expired')
})

test('a code that is gone has expired', async () => {
  assert.deepEqual(await readState(answer(null, 404)), { state: 'expired' })
  await assert.rejects(readState(answer({ state: 'new' })))
  await assert.rejects(readState(answer({}, 500)))
})

test('a fresh code ends the questions about the one before', async () => {
  let looks = 0
  const { told, last } = await followed([answer({ state: 'signed' })], () => (looks += 1) > 1)
  assert.deepEqual(told, [])
  assert.equal(last, null)
})

test('questions become rarer with time, and no pause is endless', () => {
  assert.equal(pause(0, 0), 1500)
  assert.equal(pause(40, 0), 5000)
  assert.equal(pause(0, 50), 30000)
})

// A server on this machine; `talk` answers a request, of which it is given the body.
const served = async (talk, use) => {
  const server = http.createServer((request, response) => {
    let body = ''
    request.on('data', chunk => { body += chunk })
    request.on('end', () => talk(response, body))
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`http://127.0.0.1:${server.address().port}/`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const json = (response, value) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))

test('a question that hangs is given up, told as a lost connection and asked again', async () => {
  let asked = 0
  const talk = response => {
    asked += 1
    if (asked === 1) return // never an answer
    if (asked === 2) response.writeHead(200).write('{') // never the end of one
    else json(response, { state: 'signed' })
  }
  await served(talk, async address => {
    const told = []
    const last = await follow(() => fetchInTime(address, {}, 200), { tell: state => told.push(state), wait: async () => {} })
    assert.deepEqual(told, ['lost', 'lost'])
    assert.equal(last.state, 'signed')
  })
})

test('a beginning that hangs is given up', async () => {
  await served(() => {}, async address => {
    await assert.rejects(begin(address, [['token', 't']], 200), { name: 'TimeoutError' })
  })
})

test('a form that still names a signing from before begins another all the same', async () => {
  const talk = (response, body) => json(response, { body })
  await served(talk, async address => {
    const begun = await begin(address, [['token', 't'], ['phone', 'old'], ['next', '/x']])
    assert.equal(begun.body, 'token=t&next=%2Fx')
  })
})

test('a page brought back by the back button waits for nothing and names nothing', () => {
  const listeners = {}
  globalThis.window = { addEventListener: (name, listener) => { listeners[name] = listener } }
  const fields = [{ removed: 0, remove () { this.removed += 1 } }]
  const form = { addEventListener () {}, querySelectorAll: () => fields }
  const parts = {
    form,
    '[data-phone-begin]': { disabled: true },
    '[data-live]': { textContent: 'Signed.' },
    '[data-phone-code]': { innerHTML: '<svg></svg>' }
  }
  startPhone({ querySelector: name => parts[name] })
  listeners.pageshow({ persisted: false })
  assert.equal(fields[0].removed, 0)
  listeners.pageshow({ persisted: true })
  assert.equal(fields[0].removed, 1)
  assert.equal(parts['[data-phone-begin]'].disabled, false)
  assert.equal(parts['[data-live]'].textContent + parts['[data-phone-code]'].innerHTML, '')
  delete globalThis.window
})
