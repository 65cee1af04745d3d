import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `cargo xtask serve` listens; the dev server hands everything that is not the app itself to it. */
const server = process.env.COLLABCANVAS_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "dist",
    target: "es2023",
    // The server compresses; what counts is the size on the wire.
    reportCompressedSize: true,
  },
  // Modules, because plugins' own modules are imported at run time (no eval, no blob addresses: the
  // content security policy forbids both).
  worker: { format: "es" },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/api": { target: server, ws: true },
      "/plugins": { target: server },
    },
  },
  test: {
    include: ["src/**/*.test.{ts,tsx}"],
    environment: "node",
  },
});
