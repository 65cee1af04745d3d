import { createTheme, type MantineColorsTuple } from "@mantine/core";

/** The accent of the canvas (`engine/theme.ts`) in ten steps. */
const accent: MantineColorsTuple = [
  "#eef2ff",
  "#dde5ff",
  "#bac8ff",
  "#91a7ff",
  "#748ffc",
  "#5c7cfa",
  "#4263eb",
  "#3b5bdb",
  "#364fc7",
  "#2b3f9e",
];

/** Cool greys for the dark look, the same as the cards' (`app.css`). */
const dark: MantineColorsTuple = [
  "#eceef1",
  "#c3c8d0",
  "#9aa2ae",
  "#828b99",
  "#3a3f49",
  "#2f343d",
  "#272b33",
  "#20232a",
  "#181a20",
  "#121419",
];

/** The one visual language of the app: calm greys, one accent, soft corners. */
export const theme = createTheme({
  colors: { accent, dark },
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 5 },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily: 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  headings: { fontWeight: "600" },
  components: {
    Tooltip: { defaultProps: { openDelay: 400, withArrow: false, fz: "xs" } },
    Modal: { styles: { title: { fontWeight: 600 } } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
  },
});
