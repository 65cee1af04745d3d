/** Runs a frame when one was asked for, and tells what it cost with the browser's own drawing in it. */

export class FrameClock {
  private handle = 0;
  private started = 0;
  private later: ReturnType<typeof setTimeout> | undefined;
  private readonly channel = new MessageChannel();
  private report: ((milliseconds: number) => void) | null = null;

  constructor(private readonly frame: () => void) {
    // The browser turns what was drawn into pixels after the frame's scripts. A message sent from a frame arrives
    // after that, so that the time until then is what the frame really cost the main thread.
    this.channel.port1.onmessage = () => {
      this.report?.(performance.now() - this.started);
      this.report = null;
    };
  }

  /** Asks for a frame; asking again before it comes changes nothing. */
  request(): void {
    if (this.handle === 0) this.handle = requestAnimationFrame(() => this.run());
  }

  /** Runs a frame at once: after a change of size the old picture is gone and must not be missed for a frame. */
  runNow(): void {
    cancelAnimationFrame(this.handle);
    this.run();
  }

  /** Asks for a frame in so many milliseconds; a later call moves it. */
  requestIn(milliseconds: number): void {
    clearTimeout(this.later);
    this.later = setTimeout(() => this.request(), milliseconds);
  }

  /** Call it within a frame: `report` gets the whole cost of the frame once it is known. */
  afterFrame(report: (milliseconds: number) => void): void {
    if (this.report === null) this.channel.port2.postMessage(null);
    this.report = report;
  }

  stop(): void {
    cancelAnimationFrame(this.handle);
    clearTimeout(this.later);
    this.channel.port1.close();
    this.handle = -1;
  }

  private run(): void {
    this.handle = 0;
    this.started = performance.now();
    this.frame();
  }
}
