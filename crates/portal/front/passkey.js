// Passkeys: asks the browser to make one or to use one, and sends its answer with the form. The server judges it.
// Knows the names of WebAuthn and nothing of people. See also: signing.js.

/** The bytes behind base64url. */
export function bytesOf (text) {
  const base64 = text.replace(/-/g, '+').replace(/_/g, '/')
  return Uint8Array.from(atob(base64), character => character.charCodeAt(0))
}

/** Bytes as base64url, without padding. */
export function textOf (buffer) {
  const characters = Array.from(new Uint8Array(buffer), byte => String.fromCharCode(byte))
  return btoa(characters.join('')).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

const withBytes = one => ({ ...one, id: bytesOf(one.id) })

/** The server's options as the browser wants them: what is base64url there is bytes here. */
export function optionsOf (json) {
  const options = JSON.parse(json)
  options.challenge = bytesOf(options.challenge)
  if (options.user) options.user = withBytes(options.user)
  for (const list of ['excludeCredentials', 'allowCredentials']) {
    if (options[list]) options[list] = options[list].map(withBytes)
  }
  return options
}

/** A credential as the server reads it. */
export function answerOf (credential) {
  const response = { clientDataJSON: textOf(credential.response.clientDataJSON) }
  for (const part of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    const bytes = credential.response[part]
    if (bytes) response[part] = textOf(bytes)
  }
  const { id, type } = credential
  return { id, rawId: textOf(credential.rawId), type, response, extensions: credential.getClientExtensionResults() }
}

/** What a browser's fault means to the person. */
export function stateOf (fault) {
  return { NotAllowedError: 'cancelled', AbortError: 'cancelled', InvalidStateError: 'exists' }[fault.name] || 'failed'
}

export function startPasskey (block) {
  const { passkey: kind, form: formId, options } = block.dataset
  const button = block.querySelector('[data-passkey-ask]')
  const live = block.querySelector('[data-live]')
  const form = document.getElementById(formId)
  const tell = state => {
    live.textContent = block.querySelector(`[data-message="${state}"]`).textContent
    live.classList.toggle('live--bad', !['waiting', 'sending'].includes(state))
  }
  const run = async () => {
    if (!form.reportValidity()) return
    if (!window.PublicKeyCredential) { tell('unsupported'); return }
    button.disabled = true
    tell('waiting')
    try {
      const credential = await navigator.credentials[kind]({ publicKey: optionsOf(options) })
      form.elements.credential.value = JSON.stringify(answerOf(credential))
      tell('sending')
      form.submit()
    } catch (fault) {
      tell(stateOf(fault))
      button.disabled = false
      button.focus()
    }
  }
  block.hidden = false
  button.addEventListener('click', run)
  // Where the name is typed, Enter means the button.
  form.addEventListener('submit', event => {
    event.preventDefault()
    if (!button.disabled) run()
  })
  window.addEventListener('pageshow', event => {
    if (event.persisted) { button.disabled = false; live.textContent = '' }
  })
}
