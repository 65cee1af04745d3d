import "@mantine/core/styles.css";
import "../theme/app.css";
import { MantineProvider } from "@mantine/core";
import { createRoot } from "react-dom/client";
import { reached } from "../opening/milestones";
import { theme } from "../theme/theme";
import { themeMemory } from "../theme/theme-memory";
import { App } from "./app";
import { followAddress } from "./route";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element #root");
const memory = themeMemory();
reached("script");
followAddress();
createRoot(root).render(
  <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={memory}>
    <App />
  </MantineProvider>,
);
