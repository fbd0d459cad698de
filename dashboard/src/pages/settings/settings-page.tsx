import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useEffect } from "react";
import { SetupSteps } from "@/pages/setup/setup-steps";
import { useSetup } from "@/pages/setup/use-setup";
import { fleet } from "@/state/session";
import { SECTIONS } from "./sections";

/** Where all settings are. */
export function SettingsPage() {
  const setup = useSetup();
  const total = setup.steps.length;
  const done = setup.steps.filter((one) => one.done).length;
  useEffect(() => fleet.use(false), []);
  useEffect(() => {
    document.title = t`Settings · Opsentrix`;
  }, []);
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-5">
      <h1 className="font-semibold text-xl tracking-tight">
        <Trans>Settings</Trans>
      </h1>
      {setup.complete && (
        <section aria-label={t`First steps`} className="card overflow-hidden">
          <div className="flex items-baseline gap-3 px-4 pt-3 pb-2">
            <h2 className="font-semibold">
              <Trans>First steps</Trans>
            </h2>
            <p className="tnum text-muted text-xs">
              <Trans>
                {done} of {total} done
              </Trans>
            </p>
          </div>
          <SetupSteps
            steps={setup.steps}
            facts={setup.facts}
            className="flex flex-col border-t max-sm:divide-y sm:grid sm:grid-cols-2"
          />
        </section>
      )}
      <div className="grid gap-5 sm:grid-cols-2">
        {SECTIONS.map(({ title, pages }) => (
          <section key={title} aria-label={title}>
            <h2 className="mb-1.5 px-1 font-medium text-muted text-xs">{title}</h2>
            <ul className="card divide-y overflow-hidden">
              {pages.map(({ to, label, text, icon: Icon }) => (
                <li key={to}>
                  <Link
                    to={to}
                    className="flex min-h-14 items-center gap-3 px-4 py-2 outline-offset-[-3px] hover:bg-raised"
                  >
                    <Icon className="size-5 shrink-0 text-muted" aria-hidden />
                    <span className="min-w-0 flex-1">
                      <span className="block font-medium">{label}</span>
                      <span className="block text-muted text-xs">{text}</span>
                    </span>
                    <ChevronRight className="size-4 shrink-0 text-muted" aria-hidden />
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}
