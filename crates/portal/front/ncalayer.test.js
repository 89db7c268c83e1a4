import assert from 'node:assert/strict'
import test from 'node:test'
import { NcaLayerFault, connect, readReply, sign, signRequest } from './ncalayer.js'
import { addresses } from './signing.js'

const reply = body => JSON.stringify(body)
const state = run => {
  try { run() } catch (fault) { assert.ok(fault instanceof NcaLayerFault); return fault.state }
  return 'none'
}

test('the request is what NCALayer documents', () => {
  assert.deepEqual(signRequest('AAAA', ['1.2', '3.4'], 'kk'), {
    module: 'kz.gov.pki.knca.basics',
    method: 'sign',
    args: {
      allowedStorages: null,
      format: 'cms',
      data: 'AAAA',
      signingParams: { decode: true, encapsulate: true, digested: false },
      signerParams: { extKeyUsageOids: ['1.2', '3.4'] },
      locale: 'kk'
    }
  })
})

test('a person who is signed in is offered his own keys', () => {
  const { signerParams } = signRequest('AAAA', ['1.2'], 'kk', '000229500008').args
  assert.deepEqual(signerParams, { extKeyUsageOids: ['1.2'], iin: '000229500008' })
})

test('a signature comes as a string, an array or an object', () => {
  for (const result of ['MII', ['MII'], { signatures: ['MII'], certificate: 'x' }]) {
    assert.deepEqual(readReply(reply({ status: true, body: { result } })), { signature: 'MII' })
  }
})

test('greetings and heartbeats are no answers', () => {
  assert.equal(readReply(reply({ result: { version: '1.4' } })), null)
  assert.equal(readReply('--heartbeat--'), null)
  assert.equal(readReply('null'), null)
})

test('cancelling is told apart from failing', () => {
  assert.equal(state(() => readReply(reply({ status: true, body: {} }))), 'cancelled')
  assert.equal(state(() => readReply(reply({ code: '500', message: 'action.canceled' }))), 'cancelled')
  const failed = { status: false, code: 'INVOCATION_ERROR', message: 'no such method' }
  assert.equal(state(() => readReply(reply(failed))), 'failed')
  assert.equal(state(() => readReply(reply({ status: true, body: { result: [] } }))), 'failed')
})

test('the unencrypted address is tried only from an unencrypted page of this computer', () => {
  const secure = 'wss://127.0.0.1:13579/'
  const both = [secure, 'ws://127.0.0.1:13579/']
  assert.deepEqual(addresses(secure, { protocol: 'https:', hostname: 'portal.kz' }), [secure])
  assert.deepEqual(addresses(secure, { protocol: 'http:', hostname: 'portal.kz' }), [secure])
  assert.deepEqual(addresses(secure, { protocol: 'http:', hostname: '127.0.0.1' }), both)
})

class FakeSocket {
  constructor (address) {
    this.address = address
    FakeSocket.opened.push(this)
    setTimeout(() => (address.startsWith('ws:') ? this.onopen() : this.onerror()))
  }

  send (text) {
    this.sent = JSON.parse(text)
    setTimeout(() => {
      this.onmessage({ data: reply({ result: { version: '1.4' } }) })
      if (FakeSocket.breaks) this.onclose()
      else this.onmessage({ data: reply({ status: true, body: { result: ['MII'] } }) })
    })
  }

  close () { if (this.onclose) this.onclose() }
}

test('the next address is tried where one does not answer, and the signature comes after the greeting', async () => {
  globalThis.WebSocket = FakeSocket
  FakeSocket.opened = []
  const socket = await connect(['wss://127.0.0.1:13579/', 'ws://127.0.0.1:13579/'])
  assert.equal(socket.address, 'ws://127.0.0.1:13579/')
  assert.equal(await sign(socket, signRequest('AAAA', [], 'ru')), 'MII')
  assert.equal(socket.sent.args.locale, 'ru')
})

test('not installed and broken off are states of their own', async () => {
  globalThis.WebSocket = FakeSocket
  FakeSocket.opened = []
  await assert.rejects(connect(['wss://127.0.0.1:13579/']), fault => fault.state === 'unavailable')
  FakeSocket.breaks = true
  const socket = await connect(['ws://127.0.0.1:13579/'])
  await assert.rejects(sign(socket, signRequest('AAAA', [], 'en')), fault => fault.state === 'closed')
})
