/**
 * Where the chosen theme is remembered. A cookie and not local storage: a browser that meets a page for the first time
 * takes some thirty milliseconds for opening that, twice, before the page may draw anything.
 */

import type { MantineColorScheme, MantineColorSchemeManager } from "@mantine/core";

const NAME = "theme";
const YEAR = 365 * 24 * 60 * 60;

/** What the page's cookies say; null: nothing was chosen. */
export function themeIn(cookies: string): MantineColorScheme | null {
  const value = new RegExp(`(?:^|; )${NAME}=(light|dark|auto)(?:;|$)`).exec(cookies)?.[1];
  return (value as MantineColorScheme | undefined) ?? null;
}

export function themeMemory(): MantineColorSchemeManager {
  // The other tabs of this browser.
  let tabs: BroadcastChannel | null = null;
  return {
    get: (fallback) => (typeof document === "undefined" ? null : themeIn(document.cookie)) ?? fallback,
    set(theme) {
      // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store needs a secure context; this does not
      document.cookie = `${NAME}=${theme}; Path=/; Max-Age=${YEAR}; SameSite=Lax`;
      tabs?.postMessage(theme);
    },
    subscribe(onUpdate) {
      tabs = new BroadcastChannel(`collabcanvas:${NAME}`);
      tabs.onmessage = ({ data }) => onUpdate(data as MantineColorScheme);
    },
    unsubscribe() {
      tabs?.close();
      tabs = null;
    },
    clear() {
      // biome-ignore lint/suspicious/noDocumentCookie: as above
      document.cookie = `${NAME}=; Path=/; Max-Age=0; SameSite=Lax`;
    },
  };
}
