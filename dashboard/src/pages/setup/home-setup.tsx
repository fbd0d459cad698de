import { NobodyToldBanner } from "@/pages/incidents/nobody-told-banner";
import { setupAside } from "@/state/setup";
import { useSignal } from "@/state/use-signal";
import { SetupCard } from "./setup-card";
import { useSetup } from "./use-setup";

/** What is left to set up; once that was put aside, what must not be forgotten still. */
export function HomeSetup() {
  const aside = useSignal(setupAside);
  const setup = useSetup();
  if (!setup.complete) return null;
  if (aside || setup.steps.every(({ done }) => done)) return <NobodyToldBanner />;
  return <SetupCard setup={setup} />;
}
