import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Where `cargo xtask serve` listens; the dev server hands everything that is not the app itself to it. */
const server = process.env.COLLABCANVAS_SERVER ?? "http://127.0.0.1:8080";

/**
 * Names in the page what its first script will import: the browser fetches all of it at once instead of finding one
 * thing by way of the other.
 */
const preloadChunks: Plugin = {
  name: "preload-chunks",
  transformIndexHtml(_html, { bundle = {} }) {
    const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
    return chunks
      .filter((chunk) => !chunk.isEntry)
      .map(({ fileName }) => ({
        tag: "link",
        attrs: { rel: "preload", as: "script", crossorigin: true, href: `/${fileName}` },
        injectTo: "head",
      }));
  },
};

export default defineConfig({
  plugins: [react(), preloadChunks],
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
