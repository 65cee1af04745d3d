import "@mantine/core/styles.css";
import "./theme/app.css";
import { MantineProvider } from "@mantine/core";
import { createRoot } from "react-dom/client";
import { reached } from "./opening/milestones";
import { App } from "./pages/app";
import { followAddress } from "./pages/route";
import { theme } from "./theme/theme";

reached("script");
const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element #root");
followAddress();
createRoot(root).render(
  <MantineProvider theme={theme} defaultColorScheme="auto">
    <App />
  </MantineProvider>,
);
