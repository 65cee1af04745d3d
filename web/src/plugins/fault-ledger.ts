/** Which plugins broke how often lately, and which are set aside for it in this tab (P1). */

/** So many faults within this time (ms) set a plugin aside, as on the server. */
export const MOST_FAULTS = 5;
export const FAULT_WINDOW = 60_000;

export class FaultLedger {
  private readonly times = new Map<string, number[]>();
  private readonly aside = new Map<string, string>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Notes faults. Gives back whether they are what sets the plugin aside. */
  note(plugin: string, reason: string, count = 1): boolean {
    const now = this.now();
    const recent = (this.times.get(plugin) ?? []).filter((time) => now - time < FAULT_WINDOW);
    for (let i = 0; i < count; i++) recent.push(now);
    this.times.set(plugin, recent);
    if (recent.length < MOST_FAULTS || this.aside.has(plugin)) return false;
    this.aside.set(plugin, reason);
    return true;
  }

  /** Sets a plugin aside at once: it cannot be used at all. */
  condemn(plugin: string, reason: string): void {
    this.aside.set(plugin, reason);
  }

  /** Why a plugin is set aside; null: it is not. */
  reasonFor(plugin: string): string | null {
    return this.aside.get(plugin) ?? null;
  }

  forgive(plugin: string): void {
    this.aside.delete(plugin);
    this.times.delete(plugin);
  }
}
