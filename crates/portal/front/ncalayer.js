// A conversation with NCALayer: greeting, heartbeats while a person thinks, one question at a time, and the older
// module where the newer one is missing. Knows nothing of the page. Next: ncalayer-protocol.js.
import {
  FILE_STORAGE, HEARTBEAT, NcaLayerFault, isTooOld, legacySignRequest, localeRequest, readMessage, signRequest,
  signatureOf, tokensRequest
} from './ncalayer-protocol.js'

/** How long things may take, in milliseconds. */
export const TIMES = {
  open: 6000,
  greeting: 6000,
  beat: 5000,
  // Heartbeats unanswered in a row by a program that answered one before.
  missed: 3,
  // And by one that never did: some programs of this protocol know no heartbeat, so their person gets his time.
  silence: 180000
}

function open (address, times) {
  return new Promise((resolve, reject) => {
    let socket
    try { socket = new WebSocket(address) } catch (error) {
      reject(new NcaLayerFault('unavailable', String(error)))
      return
    }
    const refuse = () => { clearTimeout(timer); reject(new NcaLayerFault('unavailable')) }
    const timer = setTimeout(() => { refuse(); socket.close() }, times.open)
    const layer = new NcaLayer(socket, times)
    socket.onopen = () => { clearTimeout(timer); resolve(layer) }
    socket.onerror = refuse
    socket.onclose = refuse
  })
}

/** Opens the first address that answers, and waits until the program has said who it is. */
export async function connect (addresses, times = TIMES) {
  let fault = new NcaLayerFault('unavailable')
  for (const address of addresses) {
    let layer
    try { layer = await open(address, times) } catch (error) { fault = error; continue }
    await layer.greeted()
    return layer
  }
  throw fault
}

export class NcaLayer {
  constructor (socket, times) {
    this.socket = socket
    this.times = times
    this.version = null
    this.hear = () => {}
    // From the first moment on: the greeting may come together with the opening.
    socket.onmessage = message => this.hear(readMessage(message.data))
    this.greeting = new Promise((resolve, reject) => {
      this.hear = said => {
        if (said.version) resolve(said.version)
        else if (said.fault) reject(new NcaLayerFault('malformed'))
      }
    })
    this.greeting.catch(() => {})
  }

  async greeted () {
    const silence = new Promise((resolve, reject) => {
      this.timer = setTimeout(() => reject(new NcaLayerFault('silent')), this.times.greeting)
      this.socket.onclose = this.socket.onerror = () => reject(new NcaLayerFault('closed'))
    })
    try {
      this.version = await Promise.race([this.greeting, silence])
      if (isTooOld(this.version)) throw new NcaLayerFault('old')
    } catch (fault) {
      this.close()
      throw fault
    } finally {
      clearTimeout(this.timer)
    }
  }

  /** One question and its answer; heartbeats tell meanwhile whether anybody is still there. */
  ask (request) {
    return new Promise((resolve, reject) => {
      let unanswered = 0
      let heard = false
      const asked = Date.now()
      const end = (settle, what) => { clearInterval(pulse); this.hear = () => {}; settle(what) }
      const lose = state => end(reject, new NcaLayerFault(state))
      const pulse = setInterval(() => {
        const lost = heard ? unanswered >= this.times.missed : Date.now() - asked >= this.times.silence
        if (lost) { lose('lost'); this.close(); return }
        unanswered += 1
        this.socket.send(HEARTBEAT)
      }, this.times.beat)
      this.hear = said => {
        if (said.beat) { heard = true; unanswered = 0 } else if (said.fault) end(reject, said.fault)
        else end(resolve, said.value)
      }
      this.stop = () => lose('stopped')
      this.socket.onclose = this.socket.onerror = () => lose('closed')
      try { this.socket.send(JSON.stringify(request)) } catch { lose('closed') }
    })
  }

  /** The person does not want to wait any longer; closing takes the window of the program away. */
  leave () {
    if (this.stop) this.stop()
    this.close()
  }

  close () {
    this.socket.onclose = this.socket.onerror = null
    this.socket.close()
  }
}

/** One signature, as base64 or PEM: by the module of today, else by the older one. `storage`: where the key is kept. */
export async function sign (layer, { document, oids, locale, iin, storage }) {
  try {
    return signatureOf(await layer.ask(signRequest(document, oids, locale, iin)))
  } catch (fault) {
    if (fault.state !== 'no_module') throw fault
  }
  try {
    return await legacySign(layer, { document, oids, locale, storage })
  } catch (fault) {
    // Neither module: whatever its version says, the program is of no use.
    throw fault.state === 'no_module' ? new NcaLayerFault('old') : fault
  }
}

async function legacySign (layer, { document, oids, locale, storage }) {
  await layer.ask(localeRequest(locale)).catch(unlessGone)
  if (!storage) {
    const tokens = await layer.ask(tokensRequest()).catch(unlessGone)
    // With a device plugged in nobody but the person knows whether his key is there or in a file.
    if (Array.isArray(tokens) && tokens.length > 0) {
      throw Object.assign(new NcaLayerFault('choose_storage'), { tokens: tokens.map(String) })
    }
  }
  const answer = layer.ask(legacySignRequest(document, oids, storage || FILE_STORAGE))
  return signatureOf(await answer)
}

/** A comfort the program cannot give is done without; that it is gone is another matter. */
function unlessGone (fault) {
  if (['lost', 'closed', 'stopped', 'no_module'].includes(fault.state)) throw fault
  return null
}
