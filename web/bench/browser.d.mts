import type { Page } from "playwright-core";

export function buildPage(root: string): Promise<string>;
export function serve(
  folders: Record<string, string>,
  headers?: Record<string, string>,
): Promise<{ address: string; close: () => void }>;
export function withBrowser<Result>(
  use: (page: Page, metrics: () => Promise<Record<string, number>>) => Promise<Result>,
): Promise<Result>;
export function removeFolder(folder: string): Promise<void>;
