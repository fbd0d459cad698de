import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { fetchTls } from "@/api/calls";
import { fetchHealth } from "@/api/hub";
import { Card } from "@/components/card";
import { CopyButton } from "@/components/copy";
import { Fact, Facts } from "@/components/facts";
import { Logo } from "@/components/logo";
import { formatTimestamp } from "@/lib/time";
import { duration } from "@/lib/units";

const CERTIFICATES = {
  off: t({ message: "off", context: "agents' certificates" }),
  optional: t({ message: "optional", context: "agents' certificates" }),
  required: t({ message: "required", context: "agents' certificates" }),
} as const;
const DATABASE = {
  ok: t({ message: "ok", context: "database" }),
  unavailable: t({ message: "unavailable", context: "database" }),
} as const;

const LINKS = [
  { href: "/api/docs", label: t`API reference`, text: t`Every route of this hub` },
  {
    href: "https://www.apache.org/licenses/LICENSE-2.0",
    label: t`Apache License 2.0`,
    text: t`What Opsentrix is under`,
  },
] as const;

/** What this hub is: version, by what servers know it, and under which licence it stands. */
export function AboutPage() {
  const health = useQuery({ queryKey: ["health"], queryFn: fetchHealth });
  const version = health.data?.version;
  useEffect(() => {
    document.title = t`About · Opsentrix`;
  }, []);
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <h1 className="flex items-center gap-3 font-semibold text-xl tracking-tight">
        <Logo className="size-8" />
        <span>
          Opsentrix
          <span className="tnum block font-normal text-muted text-sm">
            {version === undefined ? "…" : t`Version ${version}`}
          </span>
        </span>
      </h1>
      <Card title={t`This hub`} text={t`What answers at this address.`}>
        <Facts>
          <Fact label={t`Address`}>{window.location.origin}</Fact>
          <Fact label={t`Has run for`}>{health.data === undefined ? "…" : duration(health.data.uptime_s)}</Fact>
          <Fact label={t`Database`}>{health.data === undefined ? "…" : DATABASE[health.data.database]}</Fact>
        </Facts>
      </Card>
      <TlsCard />
      <ul className="card divide-y">
        {LINKS.map(({ href, label, text }) => (
          <li key={href}>
            <a
              href={href}
              target="_blank"
              rel="noopener noreferrer"
              className="flex min-h-12 items-center gap-3 px-5 py-2 outline-offset-[-3px] hover:bg-raised"
            >
              <span className="min-w-0 flex-1">
                <span className="block font-medium">{label}</span>
                <span className="block text-muted text-xs">{text}</span>
              </span>
              <ExternalLink className="size-4 shrink-0 text-muted" aria-hidden />
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** By what servers know that they talk to this hub. */
function TlsCard() {
  const { data: tls } = useQuery({ queryKey: ["tls"], queryFn: fetchTls });
  if (tls === undefined) return null;
  if (!tls.tls) {
    return (
      <Card
        title={t`Certificate`}
        text={t`This hub speaks plain HTTP itself. Put it behind a proxy that speaks HTTPS, or give it a certificate with OPSENTRIX_TLS.`}
      />
    );
  }
  return (
    <Card
      title={t`Certificate`}
      text={
        tls.pin === ""
          ? t`A public authority vouches for this hub.`
          : t`This hub's own authority vouches for it: servers check its fingerprint.`
      }
    >
      <Facts>
        {tls.pin !== "" && (
          <Fact label={t`Fingerprint of the CA`}>
            <Fingerprint text={tls.pin} />
          </Fact>
        )}
        {tls.key_pin !== "" && (
          <Fact label={t`Pin of the hub's key`}>
            <Fingerprint text={tls.key_pin} />
          </Fact>
        )}
        {tls.expires_at !== null && <Fact label={t`Valid until`}>{formatTimestamp(tls.expires_at)}</Fact>}
        <Fact label={t`Certificates of agents`}>{CERTIFICATES[tls.mtls]}</Fact>
      </Facts>
    </Card>
  );
}

function Fingerprint({ text }: { text: string }): ReactNode {
  return (
    <span className="flex flex-wrap items-center gap-2">
      <code className="break-all font-mono text-xs">{text}</code>
      <CopyButton size="sm" says={t`Copy`} text={() => text} />
    </span>
  );
}
