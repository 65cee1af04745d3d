//! Text on the canvas.
