// A certified OpenID Connect provider (npm `oidc-provider`) with one person, for a test that walks the sign-in as a
// browser would. Prints its address, then serves until it is ended. The account's claims come from the environment and are
// synthetic.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const { CLIENT_SECRET, RETURN_URL, IIN, NAME, HOST } = process.env;

const server = createServer();
// Longer than any pause of a busy machine: a form sent on a connection that is being closed is lost.
server.keepAliveTimeout = 120_000;
server.listen(0, HOST, () => {
  const issuer = `http://${HOST}:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'anyqtama',
        client_secret: CLIENT_SECRET,
        redirect_uris: [RETURN_URL],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    claims: { openid: ['sub'], profile: ['name'], iin: ['iin'] },
    pkce: { methods: ['S256'], required: () => true },
    cookies: { keys: ['a key for tests alone'] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, iin: IIN, name: NAME }),
    }),
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
