/** The mark of CollabCanvas: two shapes that meet. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <rect x="2" y="2" width="13" height="13" rx="3.5" fill="var(--mantine-primary-color-filled)" />
      <circle cx="15.5" cy="15.5" r="6.5" fill="#f59f00" fillOpacity="0.9" />
    </svg>
  );
}
