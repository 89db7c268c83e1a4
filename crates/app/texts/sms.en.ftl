request = { $password } is your one-time password to confirm the request. Good for 15 minutes. Tell it to nobody.
sign-in = { $password } is your one-time password to sign in. Good for 15 minutes. Tell it to nobody.
