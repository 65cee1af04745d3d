//! The life of a room: sessions, ticks, and the saver that asks the save strategy.
