// A certified OpenID Connect provider on this machine, under another name than the hub: browsers take it for another site.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

export const NAME = "Example ID";
const CLIENT = "opsentrix";

export interface RunningProvider {
  /** What the hub has to know of it. */
  settings: Record<string, string>;
  stop: () => Promise<void>;
}

/** Who logs in as `ann...` is in the group of admins; any password is right. */
function claimsOf(login: string) {
  return {
    sub: login,
    preferred_username: login,
    email: `${login}@example.org`,
    email_verified: true,
    groups: login.startsWith("ann") ? ["sre", "staff"] : ["guests"],
  };
}

/** Runs the provider for a hub at this address. */
export async function startProvider(hub: string): Promise<RunningProvider> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const secret = randomBytes(24).toString("base64url");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT,
        client_secret: secret,
        redirect_uris: [`${hub}/api/v1/auth/oidc/callback`],
        post_logout_redirect_uris: [`${hub}/dashboard/login`],
      },
    ],
    claims: {
      openid: ["sub"],
      email: ["email", "email_verified"],
      profile: ["preferred_username"],
      groups: ["groups"],
    },
    cookies: { keys: [randomBytes(24).toString("hex")] },
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "e2e", use: "sig", alg: "RS256" }] },
    pkce: { required: () => true },
    ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 3600, IdToken: 300, Interaction: 600, Session: 3600 },
    findAccount: (_, login) => ({ accountId: login, claims: () => claimsOf(login) }),
  });
  server.on("request", provider.callback());
  return {
    settings: {
      OPSENTRIX_OIDC_ISSUER: issuer,
      OPSENTRIX_OIDC_CLIENT_ID: CLIENT,
      OPSENTRIX_OIDC_CLIENT_SECRET: secret,
      OPSENTRIX_OIDC_NAME: NAME,
      OPSENTRIX_OIDC_SCOPES: "openid profile email groups",
      OPSENTRIX_OIDC_ROLE_MAP: JSON.stringify({ sre: "admin" }),
      OPSENTRIX_OIDC_EMAIL_DOMAINS: "example.org",
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
