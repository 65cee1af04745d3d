import { Menu, useMantineColorScheme } from "@mantine/core";
import { Monitor, Moon, Sun } from "lucide-react";
import type { Appearance } from "./interface-state";

const CHOICES = [
  { value: "light", label: "Light", icon: <Sun size={15} aria-hidden /> },
  { value: "dark", label: "Dark", icon: <Moon size={15} aria-hidden /> },
  { value: "auto", label: "As the system", icon: <Monitor size={15} aria-hidden /> },
] as const;

/** The looks there are, as items of a menu, with a tick at the one that was chosen. */
export function AppearanceItems({ choose }: { choose: (appearance: Appearance) => void }) {
  const { colorScheme } = useMantineColorScheme();
  return (
    <Menu.RadioGroup value={colorScheme} onChange={(value) => choose(value as Appearance)}>
      <Menu.Label>Theme</Menu.Label>
      {CHOICES.map(({ value, label, icon }) => (
        <Menu.RadioItem key={value} value={value} rightSection={icon} closeMenuOnClick>
          {label}
        </Menu.RadioItem>
      ))}
    </Menu.RadioGroup>
  );
}
