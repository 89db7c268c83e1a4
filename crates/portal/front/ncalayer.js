// NCALayer's WebSocket protocol: module kz.gov.pki.knca.basics, method sign. Knows nothing of the page.

const OPEN_MS = 6000

export class NcaLayerFault extends Error {
  constructor (state, detail = '') {
    super(detail || state)
    this.state = state
  }
}

/** The request NCALayer understands; with an IIN it offers that person's keys only. */
export function signRequest (documentBase64, extKeyUsageOids, locale, iin) {
  return {
    module: 'kz.gov.pki.knca.basics',
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

/**
 * What one message means: `null` for a greeting or heartbeat, else `{ signature }` or a thrown fault.
 * A signature comes as a string, an array or an object with `signatures`; an empty body is a cancellation.
 */
export function readReply (text) {
  let reply
  try { reply = JSON.parse(text) } catch { return null }
  if (reply === null || typeof reply !== 'object') return null
  if (reply.result && reply.result.version) return null
  if (reply.status === undefined && reply.code === undefined) return null
  if (reply.status !== true) {
    const cancelled = /cancel/i.test(`${reply.code || ''} ${reply.message || ''}`)
    throw new NcaLayerFault(cancelled ? 'cancelled' : 'failed', reply.message || reply.code)
  }
  const body = reply.body || {}
  if (body.result === undefined || body.result === null) throw new NcaLayerFault('cancelled')
  let found = body.result
  if (found && Array.isArray(found.signatures)) found = found.signatures
  if (Array.isArray(found)) found = found[0]
  if (typeof found !== 'string' || found === '') throw new NcaLayerFault('failed')
  return { signature: found }
}

function open (address) {
  return new Promise((resolve, reject) => {
    let socket
    try { socket = new WebSocket(address) } catch (error) {
      reject(new NcaLayerFault('unavailable', String(error)))
      return
    }
    const timer = setTimeout(() => { socket.close(); reject(new NcaLayerFault('unavailable')) }, OPEN_MS)
    socket.onopen = () => { clearTimeout(timer); resolve(socket) }
    socket.onerror = () => { clearTimeout(timer); reject(new NcaLayerFault('unavailable')) }
  })
}

/** Opens the first address that answers. */
export async function connect (addresses) {
  let fault = new NcaLayerFault('unavailable')
  for (const address of addresses) {
    try { return await open(address) } catch (error) { fault = error }
  }
  throw fault
}

/** Asks for one signature; answers the CMS as NCALayer gives it (base64 or PEM). */
export function sign (socket, request) {
  return new Promise((resolve, reject) => {
    socket.onmessage = message => {
      let answer
      try { answer = readReply(message.data) } catch (error) { socket.close(); reject(error); return }
      if (answer) { resolve(answer.signature); socket.close() }
    }
    socket.onclose = () => reject(new NcaLayerFault('closed'))
    socket.onerror = () => reject(new NcaLayerFault('closed'))
    socket.send(JSON.stringify(request))
  })
}
