import { lazy, Suspense } from "react";
import { useShared } from "@/state/pass";
import { Shell } from "./shell";

const SharedFrame = lazy(() => import("@/pages/shared/looking").then((module) => ({ default: module.SharedFrame })));

/** What surrounds every page: that of a person, or that of who has a link. */
export function Frame() {
  return useShared() ? (
    <Suspense>
      <SharedFrame />
    </Suspense>
  ) : (
    <Shell />
  );
}
