import assert from 'node:assert/strict'
import test from 'node:test'
import { answerOf, bytesOf, optionsOf, stateOf, textOf } from './passkey.js'

const bytes = (...all) => new Uint8Array(all)

test('bytes come back from their text, with the letters that addresses allow and without padding', () => {
  for (const all of [bytes(), bytes(0), bytes(251, 255, 190), bytes(1, 2, 3, 4)]) {
    const text = textOf(all.buffer)
    assert.match(text, /^[\w-]*$/)
    assert.deepEqual(bytesOf(text), all)
  }
})

test('what the server tells as text the browser gets as bytes, and nothing else changes', () => {
  const told = { challenge: 'AQI', rp: { id: 'anyqtama.example' }, user: { id: 'Aw', name: 'А' }, excludeCredentials: [{ id: 'BA', type: 'public-key' }] }
  const options = optionsOf(JSON.stringify(told))
  assert.deepEqual(options.challenge, bytes(1, 2))
  assert.deepEqual(options.user, { id: bytes(3), name: 'А' })
  assert.deepEqual(options.excludeCredentials, [{ id: bytes(4), type: 'public-key' }])
  assert.deepEqual(options.rp, told.rp)
})

test('of a made and of a used credential each part is sent that the device gave', () => {
  const credential = (response) => ({ id: 'BQ', rawId: bytes(5).buffer, type: 'public-key', response, getClientExtensionResults: () => ({}) })
  const made = answerOf(credential({ clientDataJSON: bytes(1).buffer, attestationObject: bytes(2).buffer }))
  assert.deepEqual(made, { id: 'BQ', rawId: 'BQ', type: 'public-key', response: { clientDataJSON: 'AQ', attestationObject: 'Ag' }, extensions: {} })
  const used = answerOf(credential({ clientDataJSON: bytes(1).buffer, authenticatorData: bytes(2).buffer, signature: bytes(3).buffer, userHandle: null }))
  assert.deepEqual(used.response, { clientDataJSON: 'AQ', authenticatorData: 'Ag', signature: 'Aw' })
})

test('each fault of a browser has words', () => {
  assert.equal(stateOf({ name: 'NotAllowedError' }), 'cancelled')
  assert.equal(stateOf({ name: 'InvalidStateError' }), 'exists')
  assert.equal(stateOf({ name: 'SecurityError' }), 'failed')
})
