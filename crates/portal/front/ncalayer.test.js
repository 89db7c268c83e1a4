import assert from 'node:assert/strict'
import test from 'node:test'
import { connect, sign } from './ncalayer.js'
import {
  HEARTBEAT, NcaLayerFault, isTooOld, legacySignRequest, localeRequest, readMessage, signRequest, signatureOf
} from './ncalayer-protocol.js'
import { addresses } from './signing.js'

const SIGN = '1.3.6.1.5.5.7.3.4'
const TIMES = { open: 50, greeting: 50, beat: 20, missed: 3, silence: 120 }
const GREETING = { result: { version: '1.4' } }
const WANTED = { document: 'AAAA', oids: [SIGN], locale: 'kk', iin: '000229500008' }
const state = body => readMessage(JSON.stringify(body)).fault?.state

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

test('the older module is asked by place, in its own words', () => {
  const args = (oids) => legacySignRequest('AAAA', oids, 'PKCS12').args
  assert.deepEqual(args([SIGN]), ['PKCS12', 'SIGNATURE', 'AAAA', true])
  assert.deepEqual(args(['1.3.6.1.5.5.7.3.2']), ['PKCS12', 'AUTHENTICATION', 'AAAA', true])
  assert.deepEqual(localeRequest('kk').args, ['kz'])
  assert.deepEqual(localeRequest('ru').args, ['ru'])
})

test('a person who is signed in is offered his own keys', () => {
  const { signerParams } = signRequest('AAAA', ['1.2'], 'kk', '000229500008').args
  assert.deepEqual(signerParams, { extKeyUsageOids: ['1.2'], iin: '000229500008' })
})

test('a signature comes as a string, an array or an object, from either module', () => {
  for (const result of ['MII', ['MII'], { signatures: ['MII'], certificate: 'x' }]) {
    const { value } = readMessage(JSON.stringify({ status: true, body: { result } }))
    assert.equal(signatureOf(value), 'MII')
  }
  assert.equal(readMessage('{"code":"200","responseObject":"MII"}').value, 'MII')
  for (const nothing of [[], {}, 7, '']) assert.throws(() => signatureOf(nothing), NcaLayerFault)
})

test('greetings and heartbeats are no answers', () => {
  assert.deepEqual(readMessage(JSON.stringify(GREETING)), { beat: true, version: '1.4' })
  assert.deepEqual(readMessage(HEARTBEAT), { beat: true })
})

test('what cannot be read is told, not waited over', () => {
  for (const text of ['null', '{"status":tr', '{}', '7']) {
    assert.equal(readMessage(text).fault.state, 'malformed', text)
  }
})

test('errors are told apart by what they speak of', () => {
  const invocation = details => ({ status: false, code: 'INVOCATION_ERROR', message: 'An invoked method threw an exception.', details })
  assert.equal(state({ status: true, body: {} }), 'cancelled')
  assert.equal(state({ code: '500', message: 'action.canceled' }), 'cancelled')
  assert.equal(state(invocation('java.security.cert.CertificateExpiredException')), 'key_expired')
  assert.equal(state(invocation('сертификат отозван')), 'key_revoked')
  assert.equal(state(invocation('java.security.KeyStoreException: x')), 'storage')
  assert.equal(state(invocation('No suitable certificate')), 'no_key')
  assert.equal(state({ status: false, code: 'MODULE_NOT_FOUND' }), 'no_module')
  assert.equal(state(invocation('org.json.JSONTokener: x')), 'failed')
  assert.equal(state({ code: '500' }), 'failed')
})

test('only a version that is a number can be too old', () => {
  for (const version of ['1.0', '1.1.9', '0.9']) assert.equal(isTooOld(version), true, version)
  for (const version of ['1.2', '1.4', '2.0', '1.10', 'ncalayer-mocker', '']) {
    assert.equal(isTooOld(version), false, version)
  }
})

test('the unencrypted address is tried only from an unencrypted page of this computer', () => {
  const secure = 'wss://127.0.0.1:13579/'
  const both = [secure, 'ws://127.0.0.1:13579/']
  assert.deepEqual(addresses(secure, { protocol: 'https:', hostname: 'portal.kz' }), [secure])
  assert.deepEqual(addresses(secure, { protocol: 'http:', hostname: 'portal.kz' }), [secure])
  assert.deepEqual(addresses(secure, { protocol: 'http:', hostname: '127.0.0.1' }), both)
})

// A program on this computer: `greeting` it says first, `answer` what it says to each message.
function program ({ greeting = GREETING, answer = () => null, secure = true } = {}) {
  const said = []
  globalThis.WebSocket = class {
    constructor (address) {
      setTimeout(() => {
        if (secure !== address.startsWith('wss:')) { this.onerror(); return }
        this.onopen()
        if (greeting) this.say(greeting)
      })
    }

    say (body) { this.onmessage({ data: typeof body === 'string' ? body : JSON.stringify(body) }) }

    send (text) {
      said.push(text === HEARTBEAT ? text : JSON.parse(text))
      setTimeout(() => answer(said.at(-1), this))
    }

    close () { this.closed = true }
  }
  return said
}

const asking = async (page = WANTED) => sign(await connect(['wss://127.0.0.1:13579/'], TIMES), page)
const fails = (promise, expected) => assert.rejects(promise, fault => fault.state === expected)
const signed = { status: true, body: { result: ['MII'] } }

test('the next address is tried where one does not answer', async () => {
  program({ secure: false })
  const layer = await connect(['wss://127.0.0.1:13579/', 'ws://127.0.0.1:13579/'], TIMES)
  assert.equal(layer.version, '1.4')
  await fails(connect(['wss://127.0.0.1:13579/'], TIMES), 'unavailable')
})

test('a program that does not say who it is, or is too old, is not asked', async () => {
  program({ greeting: null })
  await fails(asking(), 'silent')
  const said = program({ greeting: { result: { version: '1.1' } } })
  await fails(asking(), 'old')
  assert.deepEqual(said, [])
})

test('heartbeats go on while a person thinks', async () => {
  const said = program({
    answer: (asked, socket) => {
      if (asked === HEARTBEAT) socket.say(said.length > 8 ? signed : GREETING)
    }
  })
  assert.equal(await asking(), 'MII')
  assert.ok(said.filter(one => one === HEARTBEAT).length > 3)
})

test('one that stops answering heartbeats is lost, and one that never did has its time', async () => {
  program()
  const started = Date.now()
  await fails(asking(), 'lost')
  assert.ok(Date.now() - started >= TIMES.silence)
  let beats = 0
  program({ answer: (asked, socket) => { if (asked === HEARTBEAT && ++beats === 1) socket.say(HEARTBEAT) } })
  await fails(asking(), 'lost')
  assert.ok(beats <= 1 + TIMES.missed)
})

test('a broken connection and a person who stops waiting are states of their own', async () => {
  program({ answer: (asked, socket) => socket.onclose() })
  await fails(asking(), 'closed')
  program()
  const layer = await connect(['wss://127.0.0.1:13579/'], TIMES)
  const waiting = sign(layer, WANTED)
  setTimeout(() => layer.leave(), 5)
  await fails(waiting, 'stopped')
})

test('where the module of today is missing, the older one is asked', async () => {
  const missing = { status: false, code: 'INVOCATION_ERROR', message: 'no such module' }
  const old = tokens => ({ module, method }, socket) => {
    if (module === 'kz.gov.pki.knca.basics') socket.say(missing)
    else if (method === 'getActiveTokens') socket.say({ code: '200', responseObject: tokens })
    else if (method === 'changeLocale') socket.say({ code: '500', message: 'x' })
    else socket.say({ code: '200', responseObject: 'OLD' })
  }
  let said = program({ answer: old([]) })
  assert.equal(await asking(), 'OLD')
  assert.deepEqual(said.at(-1).args, ['PKCS12', 'SIGNATURE', 'AAAA', true])
  program({ answer: old(['AKKaztokenStore']) })
  await assert.rejects(asking(), fault => fault.state === 'choose_storage' && fault.tokens[0] === 'AKKaztokenStore')
  said = program({ answer: old(['AKKaztokenStore']) })
  assert.equal(await asking({ ...WANTED, storage: 'AKKaztokenStore' }), 'OLD')
  assert.equal(said.at(-1).args[0], 'AKKaztokenStore')
  program({ answer: (asked, socket) => socket.say(missing) })
  await fails(asking(), 'old')
})
