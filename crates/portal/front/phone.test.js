import assert from 'node:assert/strict'
import test from 'node:test'
import { follow, pause, readState } from './phone.js'

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
