import { type ParsedLocation, redirect } from "@tanstack/react-router";
import { isKiosk } from "@/lib/kiosk";
import { linkTo, pathOf } from "@/lib/shared-place";
import { resumePass } from "@/state/take-pass";

/** Keeps who has a pass at the one page that it is for. */
export async function showShared({ pathname, search }: ParsedLocation): Promise<void> {
  const held = await resumePass();
  if (held === null) throw redirect({ to: "/shared" });
  if (pathname !== pathOf(held)) throw redirect({ ...linkTo(held, isKiosk(search)), replace: true });
}
