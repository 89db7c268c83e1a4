// NCALayer's messages: what is asked of its modules and what its answers mean. Pure: knows no socket and no page.

const BASICS = 'kz.gov.pki.knca.basics'
const LEGACY = 'kz.gov.pki.knca.commonUtils'
const AUTHENTICATION = '1.3.6.1.5.5.7.3.2'
/** Versions before this one were seen with neither module as it is spoken here. */
const OLDEST = [1, 2]

export const HEARTBEAT = '--heartbeat--'
/** Keys that lie in a file: what the older module is asked for where no device is plugged in. */
export const FILE_STORAGE = 'PKCS12'

export class NcaLayerFault extends Error {
  constructor (state, detail = '') {
    super(detail || state)
    this.state = state
  }
}

/** A signature by the module of today; with an IIN it offers that person's keys only, wherever they are kept. */
export function signRequest (documentBase64, extKeyUsageOids, locale, iin) {
  return {
    module: BASICS,
    method: 'sign',
    args: {
      allowedStorages: null,
      format: 'cms',
      data: documentBase64,
      signingParams: { decode: true, encapsulate: true, digested: false },
      signerParams: iin ? { extKeyUsageOids, iin } : { extKeyUsageOids },
      locale
    }
  }
}

/** The same of the older module, which must be told where the key is kept and filters by no person. */
export function legacySignRequest (documentBase64, extKeyUsageOids, storage) {
  const keyType = extKeyUsageOids.includes(AUTHENTICATION) ? 'AUTHENTICATION' : 'SIGNATURE'
  return legacy('createCAdESFromBase64', [storage, keyType, documentBase64, true])
}

/** Which devices with keys are plugged in. */
export function tokensRequest () {
  return { module: LEGACY, method: 'getActiveTokens' }
}

/** The language of the older module's windows; its Kazakh is called `kz`. */
export function localeRequest (locale) {
  return legacy('changeLocale', [locale === 'kk' ? 'kz' : locale])
}

function legacy (method, args) {
  return { module: LEGACY, method, args }
}

/** Whether a version is one that must be renewed; what is no number says nothing about its age. */
export function isTooOld (version) {
  const found = /^(\d+)\.(\d+)/.exec(String(version))
  if (!found) return false
  const [major, minor] = [Number(found[1]), Number(found[2])]
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
}

/** The program's words for its errors are not documented, so they are known by what they speak of. */
const SPOKEN_OF = [
  ['cancelled', /cancel/i],
  ['no_module', /module|bundle|модул/i],
  ['key_expired', /expired|not ?after|ист[её]к|мерзім/i],
  ['key_revoked', /revoked|отозван|қайтарып/i],
  ['storage', /storage|keystore|\btoken\b|хранилищ|токен|қойма/i],
  ['no_key', /no (suitable )?(key|certificate)|key not found|certificate not found|не найден/i]
]

function faultOf (reply) {
  const words = [reply.code, reply.errorCode, reply.message, reply.details].filter(Boolean).join(' ')
  const [state] = SPOKEN_OF.find(([, pattern]) => pattern.test(words)) || ['failed']
  return new NcaLayerFault(state, reply.message || reply.code)
}

/**
 * What one message is: `{ beat, version }` for a greeting or heartbeat, `{ value }` for an answer, `{ fault }`
 * for an error, a cancellation (a body without result) or something that cannot be read.
 */
export function readMessage (text) {
  if (text === HEARTBEAT) return { beat: true }
  let reply
  try { reply = JSON.parse(text) } catch { reply = null }
  if (reply === null || typeof reply !== 'object') return { fault: new NcaLayerFault('malformed') }
  if (reply.result && reply.result.version) return { beat: true, version: String(reply.result.version) }
  if (reply.status === true) return readBody(reply.body)
  if (reply.status === undefined && String(reply.code) === '200') return { value: reply.responseObject }
  if (reply.status === false || reply.code !== undefined || reply.errorCode !== undefined) {
    return { fault: faultOf(reply) }
  }
  return { fault: new NcaLayerFault('malformed') }
}

function readBody (body) {
  const result = body && body.result
  if (result === undefined || result === null) return { fault: new NcaLayerFault('cancelled') }
  return { value: result }
}

/** The one signature of an answer: a string, a list, or an object with `signatures`. */
export function signatureOf (value) {
  let found = value
  if (found && Array.isArray(found.signatures)) found = found.signatures
  if (Array.isArray(found)) found = found[0]
  if (typeof found !== 'string' || found === '') throw new NcaLayerFault('malformed')
  return found
}
